// Opens HTML reports in a browser and uses them as a reader does:
// browser.mjs CHROMIUM VALIDATE PICTURES. Any step that does not do what it
// should ends the program with an error; pictures of the pages are left behind.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [chromium, validate, pictures] = process.argv.slice(2).map((arg) => resolve(arg));
// The modules are in the folder for tools, not beside this file.
const require = createRequire(join(process.cwd(), ".tools/node/x.js"));
const { chromium: browserType } = require("playwright-core");
const axe = readFileSync(require.resolve("axe-core"), "utf8");

const dir = mkdtempSync(join(tmpdir(), "guardhook-"));
mkdirSync(pictures, { recursive: true });

// report judges files and returns the page and what the JSON form says of it.
function report(name, files, flags = []) {
  const folder = join(dir, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const page = join(dir, name + ".html"), json = join(dir, name + ".json");
  try {
    execFileSync(validate, [...flags, "--output", "html=" + page, "--output", "json=" + json, folder], { stdio: "pipe" });
  } catch (error) {
    assert.ok(error.status === 1 || error.status === 2, String(error.stderr));
  }
  const doc = JSON.parse(readFileSync(json, "utf8"));
  return { url: pathToFileURL(page).href, bytes: readFileSync(page).length, findings: doc.templates.flatMap((t) => t.findings), doc };
}

const bucket = (name, value) => `  ${name}: {Type: AWS::S3::Bucket, Properties: {BucketName: ${JSON.stringify(value)}}}\n`;

const mixed = report("mixed", {
  "app.yaml": `Parameters:
  Stage: {Type: String, Default: dev, AllowedValues: [dev, test, prod]}
  AdminCidr: {Type: String}
  "Evil": {Type: String, AllowedValues: ["</script><script>alert(1)</script>", "<img src=x onerror=alert(2)>"]}
Conditions:
  Prod: !Equals [!Ref Stage, prod]
  Odd: !Equals [!Ref Evil, "</script><script>alert(1)</script>"]
Resources:
  Files: {Type: AWS::S3::Bucket}
  Access:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: "\\u202e </script><script>alert(3)</script>"
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !If [Prod, 0.0.0.0/0, !Ref AdminCidr]}
        - {IpProtocol: tcp, FromPort: 3389, ToPort: 3389, CidrIp: !If [Odd, 0.0.0.0/0, 10.0.0.0/8]}
  Open:
    Type: AWS::EC2::SecurityGroupIngress
    Properties: {GroupId: sg-1, IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !Ref AdminCidr}
  Thing: {Type: AWS::Unheard::Of}
`,
  "<img src=x onerror=alert(4)>.yaml": "Resources:\n  Topic: {Type: AWS::SNS::Topic}\n",
  "refused.yaml": "Resources:\n  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Ref \"<b>Nowhere</b>\"}}\n",
});

const manyFiles = {};
for (let i = 0; i < 10; i++) {
  manyFiles[`stack-${i}.yaml`] = "Resources:\n" + Array.from({ length: 170 }, (_, n) => bucket(`Bucket${i}x${n}`, `name-${n}`)).join("");
}
const many = report("many", manyFiles);
assert.ok(many.findings.length >= 5000, `${many.findings.length} findings`);
const clean = report("clean", { "app.yaml": "Resources:\n  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}\n" });

const browser = await browserType.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });

// visit opens a page in a window of its own, in which nothing may go wrong.
async function visit(r, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, colorScheme: "light", ...options });
  context.setDefaultTimeout(120_000); // a machine may have other work to do
  const page = await context.newPage();
  const wrong = [];
  page.on("request", (request) => { if (request.url().split("#")[0] !== r.url) wrong.push("request: " + request.url()); });
  page.on("console", (message) => wrong.push("console: " + message.text()));
  page.on("pageerror", (error) => wrong.push("error: " + error.message));
  page.on("dialog", (dialog) => { wrong.push("dialog: " + dialog.message()); dialog.dismiss(); });
  await page.goto(r.url);
  return { page, leave: async () => { await context.close(); assert.deepEqual(wrong, []); } };
}

const field = (page, name) => page.locator(`#filters [name=${name}]`);
const shown = (page) => page.locator(".finding:not([hidden])").count();
const accessible = async (page, what) => {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => axe.run());
  assert.deepEqual(violations.map((v) => `${what}: ${v.id}: ${v.nodes[0].html}: ${v.nodes[0].failureSummary}`), []);
};

const steps = {
  async "a page shows every finding, and what could not be judged"() {
    const { page, leave } = await visit(mixed);
    assert.equal(await shown(page), mixed.findings.length);
    const text = await page.locator("body").innerText();
    for (const want of [mixed.doc.policy.digest, "refused.yaml", "<b>Nowhere</b>", "AWS::Unheard::Of", "<img src=x onerror=alert(4)>.yaml"]) {
      assert.ok(text.includes(want), want);
    }
    await page.getByRole("button", { name: "Open all" }).click();
    const open = await page.locator("#list").innerText();
    for (const want of ["Stage=prod", 'AdminCidr="0.0.0.0/0"', "</script><script>alert(1)</script>"]) assert.ok(open.includes(want), want);
    await page.screenshot({ path: join(pictures, "light.png"), fullPage: true });
    await accessible(page, "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await page.screenshot({ path: join(pictures, "dark.png"), fullPage: true });
    await accessible(page, "dark");
    await leave();
  },
  async "filters agree with the JSON form"() {
    const { page, leave } = await visit(mixed);
    const count = (test) => mixed.findings.filter(test).length;
    await field(page, "rule").selectOption(mixed.findings[0].rule);
    assert.equal(await shown(page), count((f) => f.rule === mixed.findings[0].rule));
    await page.getByRole("button", { name: "Show everything" }).click();
    await page.waitForFunction((n) => document.querySelectorAll(".finding:not([hidden])").length === n, mixed.findings.length);
    await field(page, "file").selectOption({ index: 2 });
    const file = await field(page, "file").inputValue();
    assert.equal(await shown(page), count((f) => f.file === file));
    await field(page, "file").selectOption("");
    await page.locator("[name=status][value=undecided]").uncheck();
    assert.equal(await shown(page), count((f) => f.status !== "undecided"));
    await page.locator("[name=severity][value=CRITICAL]").uncheck();
    const left = count((f) => f.status !== "undecided" && f.severity !== "CRITICAL");
    assert.equal(await shown(page), left);
    assert.equal(await page.locator("#shown").innerText(), `${left} of ${mixed.findings.length}`);
    // The address has the filters, for whoever is sent it.
    await page.reload();
    assert.equal(await shown(page), left);
    await field(page, "text").fill("no such thing");
    assert.equal(await shown(page), 0);
    assert.ok(await page.locator("#nothing").isVisible());
    await leave();
  },
  async "the keyboard is enough"() {
    const { page, leave } = await visit(mixed);
    await page.locator(".finding summary").first().focus();
    await page.keyboard.press("Enter");
    assert.ok(await page.locator(".finding").first().evaluate((node) => node.open));
    await page.keyboard.press("Tab"); // the source, which may have to be scrolled
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    const rule = await page.locator(".finding").first().getAttribute("data-rule");
    assert.equal(new URL(page.url()).hash, "#rule-" + rule);
    await leave();
  },
  async "colours can be chosen"() {
    const { page, leave } = await visit(mixed);
    const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await page.getByLabel("Colours").selectOption("dark");
    assert.notEqual(await paper(), light);
    await leave();
  },
  async "5,000 findings can be filtered, sorted and opened"() {
    const { page, leave } = await visit(many);
    assert.equal(await shown(page), many.findings.length);
    await field(page, "text").fill("Bucket7x169");
    assert.equal(await shown(page), many.findings.filter((f) => f.resource === "Bucket7x169").length);
    await field(page, "text").fill("");
    await field(page, "order").selectOption("place");
    assert.equal(await page.locator(".finding").first().getAttribute("data-number"), "0");
    await page.getByRole("button", { name: "Open all" }).click();
    assert.equal(await page.locator(".finding[open]").count(), many.findings.length);
    await leave();
  },
  async "a narrow window is not wider than it is"() {
    const { page, leave } = await visit(mixed, { viewport: { width: 390, height: 800 } });
    await page.getByRole("button", { name: "Open all" }).click();
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "it scrolls sideways");
    await page.screenshot({ path: join(pictures, "narrow.png"), fullPage: true });
    await leave();
  },
  async "without a script, everything can be read"() {
    const { page, leave } = await visit(mixed, { javaScriptEnabled: false });
    assert.equal(await shown(page), mixed.findings.length);
    await page.locator(".finding summary").first().click();
    assert.ok(await page.locator(".finding pre").first().isVisible());
    assert.ok(!(await page.locator("#filters").isVisible()));
    await leave();
  },
  async "a page without findings says so"() {
    const { page, leave } = await visit(clean);
    assert.equal(await page.locator(".word").innerText(), "PASS");
    assert.ok((await page.locator("main").innerText()).includes("There are none."));
    await accessible(page, "clean");
    await page.screenshot({ path: join(pictures, "clean.png") });
    await leave();
  },
};

let failed = 0;
for (const [name, step] of Object.entries(steps)) {
  const begun = performance.now();
  try {
    await step();
    console.log(`ok    ${name} (${Math.round(performance.now() - begun)} ms)`);
  } catch (error) {
    failed++;
    console.log(`FAIL  ${name}\n${error.stack}`);
  }
}
await browser.close();
console.log(`${many.findings.length} findings are a page of ${(many.bytes / 1e6).toFixed(1)} MB`);
rmSync(dir, { recursive: true });
process.exit(failed ? 1 : 0);
