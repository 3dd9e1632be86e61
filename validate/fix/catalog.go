package fix

const properties = "Properties"

// property is a setting of one property.
func property(value string, path ...string) setting {
	return setting{path: append([]string{properties}, path...), value: value}
}

// catalog lists the settings that make a rule pass. Each is right wherever the
// rule applies: it replaces no resource, and asks for no permission that those
// who use the resource may lack.
func catalog(rule string) []setting {
	switch rule {
	case "API_GATEWAY_TRACING":
		return []setting{property("true", "TracingEnabled")}
	case "CLOUDTRAIL_ALL_REGIONS":
		return []setting{property("true", "IsMultiRegionTrail")}
	case "CLOUDTRAIL_LOG_VALIDATION":
		return []setting{property("true", "EnableLogFileValidation")}
	case "COGNITO_DELETION_PROTECTION":
		return []setting{property("ACTIVE", "DeletionProtection")}
	case "DATABASE_DELETION_PROTECTION":
		return []setting{property("true", "DeletionProtection")}
	case "DELETION_POLICY":
		return []setting{{path: []string{"DeletionPolicy"}, value: "Retain"}}
	case "DYNAMODB_DELETION_PROTECTION":
		return []setting{property("true", "DeletionProtectionEnabled")}
	case "DYNAMODB_POINT_IN_TIME_RECOVERY":
		return []setting{property("true", "PointInTimeRecoverySpecification", "PointInTimeRecoveryEnabled")}
	case "EFS_BACKUP":
		return []setting{property("ENABLED", "BackupPolicy", "Status")}
	case "FIREHOSE_ENCRYPTION":
		return []setting{property("AWS_OWNED_CMK", "DeliveryStreamEncryptionConfigurationInput", "KeyType")}
	case "KMS_KEY_ROTATION":
		return []setting{property("true", "EnableKeyRotation")}
	case "LOG_GROUP_RETENTION":
		return []setting{property("365", "RetentionInDays")}
	case "S3_ENCRYPTION":
		return []setting{property("ServerSideEncryptionConfiguration:\n  - ServerSideEncryptionByDefault:\n      SSEAlgorithm: AES256\n", "BucketEncryption")}
	case "S3_PUBLIC_ACCESS_BLOCK":
		var out []setting
		for _, name := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
			out = append(out, property("true", "PublicAccessBlockConfiguration", name))
		}
		return out
	case "S3_VERSIONING":
		return []setting{property("Enabled", "VersioningConfiguration", "Status")}
	case "SAGEMAKER_NOTEBOOK_ROOT":
		return []setting{property("Disabled", "RootAccess")}
	case "SQS_ENCRYPTION":
		s := property("true", "SqsManagedSseEnabled")
		s.instead = []string{properties, "KmsMasterKeyId"}
		return []setting{s}
	case "UPDATE_REPLACE_POLICY":
		return []setting{{path: []string{"UpdateReplacePolicy"}, value: "Retain"}}
	}
	return nil
}

// Rules tells whether there is a fix for a rule.
func Rules(id string) bool { return id == tlsOnlyRule || len(catalog(id)) > 0 }
