"""Two attributes of SQS queues: who may redrive to a dead-letter queue, which moto does not know, and the redrive policy,
which moto hands back written in another way than it was given."""

from operations import answers

ALLOW, REDRIVE = "RedriveAllowPolicy", "RedrivePolicy"


@answers("sqs", "CreateQueue")
def create(call):
    answer = call.moto()
    kept = call.store(answer["QueueUrl"])
    kept.clear()
    kept.update(given(call))
    return answer


@answers("sqs", "SetQueueAttributes")
def set_attributes(call):
    call.store(call.params["QueueUrl"]).update(given(call))
    return {} if set(call.params["Attributes"]) == {ALLOW} else call.moto()


@answers("sqs", "GetQueueAttributes")
def get_attributes(call):
    kept = {k: v for k, v in call.store(call.params["QueueUrl"]).items() if v}
    asked = set(call.params.get("AttributeNames", []))
    if asked == {ALLOW}:
        return {"Attributes": {k: v for k, v in kept.items() if k == ALLOW}}
    attributes = call.moto().get("Attributes", {})
    shown = {k for k in kept if k in asked or "All" in asked}
    return {"Attributes": {**attributes, **{k: kept[k] for k in shown}}}


def given(call):
    return {k: v for k, v in call.params.get("Attributes", {}).items() if k in (ALLOW, REDRIVE)}
