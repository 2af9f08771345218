"""Who is told of a budget, and its tags. Moto keeps the subscribers without telling them, and has no tags."""

from moto.budgets.models import budgets_backends

from operations import answers
from tags import tag, tags_of, untag


@answers("budgets", "CreateBudget")
def create(call):
    answer = call.moto()
    name = call.params["Budget"]["BudgetName"]
    tag(f"arn:aws:budgets::{call.account}:budget/{name}", call.params.get("ResourceTags"))
    return answer


@answers("budgets", "DescribeSubscribersForNotification")
def subscribers(call):
    budget = budgets_backends[call.account]["aws"].budgets[call.account][call.params["BudgetName"]]
    asked = call.params["Notification"]
    alike = [n for n in budget.notifications if identity(n.details) == identity(asked)]
    return {"Subscribers": alike[0].subscribers if alike else []}


@answers("budgets", "ListTagsForResource")
def list_tags(call):
    return {"ResourceTags": tags_of(call.params["ResourceARN"])}


@answers("budgets", "TagResource")
def tag_resource(call):
    tag(call.params["ResourceARN"], call.params["ResourceTags"])
    return {}


@answers("budgets", "UntagResource")
def untag_resource(call):
    untag(call.params["ResourceARN"], call.params["ResourceTagKeys"])
    return {}


def identity(notification):
    return notification["NotificationType"], notification["ComparisonOperator"], float(notification["Threshold"])
