package image

import "github.com/open-policy-agent/opa/v1/ast"

// Checks are those stages of the compiler that only look for mistakes, or for what
// nothing here uses. The built-in set has passed them in its tests.
func Checks() []ast.StageID {
	return []ast.StageID{
		ast.StageCheckUnusedImports, ast.StageCheckKeywordOverrides, ast.StageCheckDuplicateImports,
		ast.StageCheckRuleConflicts, ast.StageCheckUndefinedFuncs, ast.StageCheckVoidCalls,
		ast.StageCheckUnsafeBuiltins, ast.StageCheckDeprecatedBuiltins, ast.StageCheckTypes,
		ast.StageParseMetadataBlocks, ast.StageSetAnnotationSet, ast.StageBuildRequiredCapabilities,
		ast.StageCheckRecursion, ast.StageCheckSafetyRuleHeads,
		// No rule calls rego.metadata or print; tests are not part of the set.
		ast.StageRewriteRegoMetadataCalls, ast.StageRewritePrintCalls, ast.StageRewriteTestRulesForTracing,
		// Indices cost more than they save on documents as small as a resource.
		ast.StageBuildComprehensionIndices,
	}
}

// Rewrites are those stages that change modules, which compiled ones have behind
// them.
func Rewrites() []ast.StageID {
	return []ast.StageID{
		ast.StageResolveRefs, ast.StageInitLocalVarGen, ast.StageRewriteRuleHeadRefs, ast.StageRemoveImports,
		ast.StageRewriteLocalVars, ast.StageRewriteTemplateStrings, ast.StageRewriteExprTerms,
		ast.StageRewriteComprehensionTerms, ast.StageRewriteRefsInHead, ast.StageRewriteWithValues,
		ast.StageCheckSafetyRuleBodies, // also brings expressions into an order
		ast.StageRewriteEquals, ast.StageRewriteDynamicTerms,
	}
}

// Compile returns one of the modules as the compiler leaves it. The others are those
// that it needs, itself among them.
func Compile(path string, modules map[string]*ast.Module) (*ast.Module, error) {
	c := ast.NewCompiler().WithSkipStages(Checks()...)
	if c.Compile(modules); c.Failed() {
		return nil, c.Errors
	}
	return c.Modules[path], nil
}
