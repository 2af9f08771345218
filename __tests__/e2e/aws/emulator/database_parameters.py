"""Who set the parameters of RDS: those that a parameter group was given are its user's. Moto does not say."""

from operations import answers


@answers("rds", "DescribeDBParameters")
def describe(call):
    answer = call.moto()
    for parameter in answer.get("Parameters", []):
        parameter["Source"] = "user"
    return answer
