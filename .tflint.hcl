# What TFLint looks for in the synthesized stacks: what AWS would refuse. `tflint --init` installs the rules.
# The rules of Terraform's language are for configurations that people write.
plugin "terraform" {
  enabled = false
}

plugin "aws" {
  enabled = true
  version = "0.44.0"
  source  = "github.com/terraform-linters/tflint-ruleset-aws"
}
