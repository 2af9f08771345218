"""Performance Insights and Database Insights of RDS. Moto forgets that it was asked for."""

from operations import answers

TOLD = {
    "EnablePerformanceInsights": "PerformanceInsightsEnabled", "PerformanceInsightsKMSKeyId": "PerformanceInsightsKMSKeyId",
    "PerformanceInsightsRetentionPeriod": "PerformanceInsightsRetentionPeriod", "DatabaseInsightsMode": "DatabaseInsightsMode"}


@answers("rds", "CreateDBInstance", "ModifyDBInstance")
def remember(call):
    answer = call.moto()
    kept = call.store("insights").setdefault(call.params["DBInstanceIdentifier"], {})
    kept |= {told: call.params[asked] for asked, told in TOLD.items() if asked in call.params}
    return answer


@answers("rds", "DescribeDBInstances")
def describe(call):
    answer = call.moto()
    for instance in answer["DBInstances"]:
        instance |= call.store("insights").get(instance["DBInstanceIdentifier"], {})
    return answer
