# 39 small rules of the usual kind, for the comparison in bench.py. They see the
# template as it is written: no intrinsic function is resolved.
package main

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::S3::Bucket"
	not r.Properties.BucketEncryption
	msg := sprintf("%s: BucketEncryption is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::S3::Bucket"
	not r.Properties.PublicAccessBlockConfiguration
	msg := sprintf("%s: PublicAccessBlockConfiguration is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::S3::Bucket"
	not r.Properties.VersioningConfiguration
	msg := sprintf("%s: VersioningConfiguration is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::S3::Bucket"
	not r.Properties.LoggingConfiguration
	msg := sprintf("%s: LoggingConfiguration is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::DynamoDB::Table"
	not r.Properties.SSESpecification
	msg := sprintf("%s: SSESpecification is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::DynamoDB::Table"
	not r.Properties.PointInTimeRecoverySpecification
	msg := sprintf("%s: PointInTimeRecoverySpecification is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::DynamoDB::GlobalTable"
	not r.Properties.SSESpecification
	msg := sprintf("%s: SSESpecification is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SNS::Topic"
	not r.Properties.KmsMasterKeyId
	msg := sprintf("%s: KmsMasterKeyId is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SQS::Queue"
	not r.Properties.KmsMasterKeyId
	msg := sprintf("%s: KmsMasterKeyId is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SQS::Queue"
	not r.Properties.RedrivePolicy
	msg := sprintf("%s: RedrivePolicy is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Logs::LogGroup"
	not r.Properties.KmsKeyId
	msg := sprintf("%s: KmsKeyId is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Logs::LogGroup"
	not r.Properties.RetentionInDays
	msg := sprintf("%s: RetentionInDays is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Kinesis::Stream"
	not r.Properties.StreamEncryption
	msg := sprintf("%s: StreamEncryption is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::EFS::FileSystem"
	not r.Properties.Encrypted
	msg := sprintf("%s: Encrypted is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::FSx::FileSystem"
	not r.Properties.KmsKeyId
	msg := sprintf("%s: KmsKeyId is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::RDS::DBInstance"
	not r.Properties.StorageEncrypted
	msg := sprintf("%s: StorageEncrypted is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::RDS::DBCluster"
	not r.Properties.StorageEncrypted
	msg := sprintf("%s: StorageEncrypted is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::EC2::Volume"
	not r.Properties.Encrypted
	msg := sprintf("%s: Encrypted is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Lambda::Function"
	not r.Properties.Timeout
	msg := sprintf("%s: Timeout is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Lambda::Function"
	not r.Properties.MemorySize
	msg := sprintf("%s: MemorySize is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Lambda::Function"
	not r.Properties.TracingConfig
	msg := sprintf("%s: TracingConfig is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Lambda::Function"
	not r.Properties.Runtime
	msg := sprintf("%s: Runtime is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::Lambda::Permission"
	not r.Properties.SourceArn
	msg := sprintf("%s: SourceArn is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SageMaker::EndpointConfig"
	not r.Properties.KmsKeyId
	msg := sprintf("%s: KmsKeyId is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SageMaker::Model"
	not r.Properties.VpcConfig
	msg := sprintf("%s: VpcConfig is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SageMaker::Model"
	not r.Properties.EnableNetworkIsolation
	msg := sprintf("%s: EnableNetworkIsolation is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SageMaker::NotebookInstance"
	not r.Properties.KmsKeyId
	msg := sprintf("%s: KmsKeyId is not set", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::IAM::Policy"
	some s in r.Properties.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Action == "*"
	s.Resource == "*"
	msg := sprintf("%s: everything is allowed", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::IAM::ManagedPolicy"
	some s in r.Properties.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Action == "*"
	s.Resource == "*"
	msg := sprintf("%s: everything is allowed", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::IAM::Role"
	some p in r.Properties.Policies
	some s in p.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Action == "*"
	msg := sprintf("%s: the policy %s is too wide", [id, p.PolicyName])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::IAM::Role"
	some p in r.Properties.Policies
	some s in p.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Resource == "*"
	msg := sprintf("%s: the policy %s is too wide", [id, p.PolicyName])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::IAM::Role"
	some p in r.Properties.Policies
	some s in p.PolicyDocument.Statement
	s.Effect == "Allow"
	"iam:PassRole" in s.Action
	msg := sprintf("%s: the policy %s is too wide", [id, p.PolicyName])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::IAM::Role"
	some p in r.Properties.Policies
	some s in p.PolicyDocument.Statement
	s.Effect == "Allow"
	startswith(s.Action, "sts:*")
	msg := sprintf("%s: the policy %s is too wide", [id, p.PolicyName])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::EC2::SecurityGroup"
	some rule in r.Properties.SecurityGroupIngress
	rule.CidrIp == "0.0.0.0/0"
	msg := sprintf("%s: open to the world", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::EC2::SecurityGroup"
	some rule in r.Properties.SecurityGroupIngress
	rule.CidrIpv6 == "::/0"
	msg := sprintf("%s: open to the world", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::S3::BucketPolicy"
	some s in r.Properties.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Principal == "*"
	msg := sprintf("%s: open to anyone", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SQS::QueuePolicy"
	some s in r.Properties.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Principal == "*"
	msg := sprintf("%s: open to anyone", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::SNS::TopicPolicy"
	some s in r.Properties.PolicyDocument.Statement
	s.Effect == "Allow"
	s.Principal == "*"
	msg := sprintf("%s: open to anyone", [id])
}

deny contains msg if {
	some id, r in input.Resources
	r.Type == "AWS::KMS::Key"
	some s in r.Properties.KeyPolicy.Statement
	s.Effect == "Allow"
	s.Principal == "*"
	msg := sprintf("%s: open to anyone", [id])
}
