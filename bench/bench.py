#!/usr/bin/env python3
"""Measures whole processes against their peers, alternating, and prints ratios.

Each ratio is a line

    bench: <name> <ours> <theirs> <ratio>

Times are CPU seconds (user + system), medians; memory is the peak resident set
in MiB. The inputs are templates that this script writes, and with --corpus
every template of a folder. Peers that are not installed are named, not
skipped in silence: conftest is built by `make bench`, cfn-lint comes with the
test tools, cfn-guard is looked for on the PATH or at CFN_GUARD. Both are given the same
rules: ours, and with --guard-rules those of a folder.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
OURS = ROOT / "bin" / "validate"


def run(argv):
    """Runs a process once: CPU seconds, wall seconds, peak MiB."""
    # A child of its own measures, so that the peak is this process's alone.
    code = (
        "import os,resource,subprocess,sys,time;t=time.monotonic();"
        "p=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL);"
        "w=time.monotonic()-t;u=resource.getrusage(resource.RUSAGE_CHILDREN);"
        "print(u.ru_utime+u.ru_stime,w,u.ru_maxrss/1024,p.returncode)"
    )
    out = subprocess.run([sys.executable, "-S", "-c", code, *map(str, argv)], capture_output=True, text=True, check=True)
    cpu, wall, peak, status = out.stdout.split()
    return float(cpu), float(wall), float(peak), int(status)


def compare(name, ours, theirs, rounds, cpu_limit=None, peak_limit=None):
    """Runs both in turn and prints medians and ratios."""
    a, b = [], []
    run(ours), run(theirs)
    for _ in range(rounds):
        a.append(run(ours))
        b.append(run(theirs))
    for i, what in enumerate(("cpu", "wall", "peak")):
        mine = statistics.median(r[i] for r in a)
        other = statistics.median(r[i] for r in b)
        print(f"bench: {name}-{what} {mine:.4f} {other:.4f} {mine / other:.2f}", flush=True)
        limit = {"cpu": cpu_limit and cpu_limit * other, "peak": peak_limit}.get(what)
        if limit is not None and mine > limit:
            print(f"       over the target of {limit:.4f}")


FUNCTION = """  {name}Function:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub "${{AWS::StackName}}-{name}"
      Runtime: python3.13
      Handler: app.handler
      Role: !GetAtt {name}Role.Arn
      Timeout: !Ref LambdaTimeout
      MemorySize: !If [LargeMemory, 2048, 512]
      TracingConfig:
        Mode: Active
      VpcConfig: !If
        - UseVpc
        - SubnetIds: !Ref SubnetIds
          SecurityGroupIds: [!GetAtt SecurityGroup.GroupId]
        - !Ref AWS::NoValue
      Environment:
        Variables:
          BUCKET: !Ref OutputBucket
          TABLE: !If [UseTable, !Ref Table, ""]
          STAGE: !Ref Stage
      Code:
        S3Bucket: !Ref CodeBucket
        S3Key: {name}.zip
  {name}Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement:
          - Effect: Allow
            Principal: {{Service: lambda.amazonaws.com}}
            Action: sts:AssumeRole
      ManagedPolicyArns:
        - !Sub "arn:${{AWS::Partition}}:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
      Policies:
        - PolicyName: data
          PolicyDocument:
            Version: "2012-10-17"
            Statement:
              - Effect: Allow
                Action: [s3:GetObject, s3:ListBucket]
                Resource:
                  - !Sub "arn:${{AWS::Partition}}:s3:::${{SourceAlias}}"
                  - !Sub "arn:${{AWS::Partition}}:s3:::${{SourceAlias}}/*"
              - Effect: Allow
                Action: s3:PutObject
                Resource: !Sub "${{OutputBucket.Arn}}/*"
              - !If
                - UseTable
                - Effect: Allow
                  Action: dynamodb:PutItem
                  Resource: !GetAtt Table.Arn
                - !Ref AWS::NoValue
  {name}Logs:
    Type: AWS::Logs::LogGroup
    Properties:
      LogGroupName: !Sub "/aws/lambda/${{AWS::StackName}}-{name}"
      RetentionInDays: 30
"""

HEAD = """AWSTemplateFormatVersion: "2010-09-09"
Description: A generated use case.
Parameters:
  Stage: {Type: String, AllowedValues: [dev, stage, prod], Default: dev}
  LambdaTimeout: {Type: Number, Default: 300, MinValue: 1, MaxValue: 900}
  UseVpcEndpoint: {Type: String, AllowedValues: ["true", "false"], Default: "false"}
  EnableTable: {Type: String, AllowedValues: ["true", "false"], Default: "false"}
  SourceAlias: {Type: String}
  CodeBucket: {Type: String}
  SubnetIds: {Type: CommaDelimitedList, Default: ""}
  VpcId: {Type: String, Default: ""}
  NotificationEmail: {Type: String, Default: ""}
Conditions:
  UseVpc: !Not [!Equals [!Ref VpcId, ""]]
  UseTable: !Equals [!Ref EnableTable, "true"]
  LargeMemory: !Equals [!Ref Stage, prod]
  Notify: !Not [!Equals [!Ref NotificationEmail, ""]]
Resources:
  SecurityGroup:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: functions
      VpcId: !Ref VpcId
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 443, ToPort: 443, CidrIp: 10.0.0.0/8, Description: inside}
  OutputBucket:
    Type: AWS::S3::Bucket
    Properties:
      BucketEncryption:
        ServerSideEncryptionConfiguration:
          - ServerSideEncryptionByDefault: {SSEAlgorithm: aws:kms}
      PublicAccessBlockConfiguration:
        BlockPublicAcls: true
        BlockPublicPolicy: true
        IgnorePublicAcls: true
        RestrictPublicBuckets: true
  Table:
    Type: AWS::DynamoDB::Table
    Condition: UseTable
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: id, AttributeType: S}]
      KeySchema: [{AttributeName: id, KeyType: HASH}]
      SSESpecification: {SSEEnabled: true, SSEType: KMS}
  Topic:
    Type: AWS::SNS::Topic
    Condition: Notify
    Properties:
      KmsMasterKeyId: alias/aws/sns
"""


def template(lines):
    """A use case of about so many lines."""
    text, i = HEAD, 0
    while text.count("\n") < lines:
        text += FUNCTION.format(name=f"Step{i}")
        i += 1
    return text


def main():
    args = argparse.ArgumentParser(description=__doc__)
    args.add_argument("--rounds", type=int, default=7)
    args.add_argument("--corpus", type=Path, default=os.environ.get("CORPUS"), help="a folder of templates to measure as well")
    args.add_argument("--guard-rules", type=Path, default=os.environ.get("GUARD_RULES"), help="a folder of Guard rules to measure as well, such as the Guard rules registry")
    args = args.parse_args()
    tools = ROOT / ".tools"
    conftest = tools / "conftest"
    policy = HERE / "conftest"
    cfn_lint = tools / "python" / "bin" / "cfn-lint"
    cfn_guard = os.environ.get("CFN_GUARD") or shutil.which("cfn-guard")
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        one = folder / "one.yaml"
        one.write_text(template(900))
        many = folder / "many"
        many.mkdir()
        for i, lines in enumerate((546, 620, 680, 795, 843, 848, 863, 887, 889, 944, 1074, 1091, 1218, 1256, 2160)):
            (many / f"t{i:02}.yaml").write_text(template(lines))
        version = [OURS, "--version"]
        compare("start-up-vs-conftest", version, [conftest, "--version"], args.rounds)
        peer = [conftest, "test", "--policy", policy, "--no-color"]
        compare("one-vs-conftest", [OURS, one], peer + [one], args.rounds, 1.0, 64)
        compare("fifteen-vs-conftest", [OURS, many], peer + sorted(many.iterdir()), args.rounds, 1.5)
        if args.corpus:
            given = sorted(p for p in Path(args.corpus).iterdir() if p.suffix in (".yaml", ".yml", ".json"))
            compare("given-vs-conftest", [OURS, *given], peer + given, args.rounds, 1.5)
        compare("one-vs-cfn-lint", [OURS, one], [cfn_lint, one], max(1, args.rounds // 3))
        if cfn_guard:
            documents = Path(args.corpus) if args.corpus else many
            for name, rules in (("fifteen", ROOT / "rules" / "guard" / "testdata" / "fsxn"), ("registry", args.guard_rules)):
                if rules:
                    peer = [cfn_guard, "validate", "-r", rules, "-d", documents, "-o", "json", "-z", "-S", "none"]
                    compare(f"{name}-vs-cfn-guard", [OURS, "--policy", rules, documents], peer, args.rounds)
        else:
            print("bench: cfn-guard is not on the PATH (set CFN_GUARD): not compared")


if __name__ == "__main__":
    main()
