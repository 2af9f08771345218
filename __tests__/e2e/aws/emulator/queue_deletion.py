"""Queues that are gone at once. AWS takes a minute, and the provider then waits until it has not seen a queue for two more;
it does not wait where it hears that there was none to delete, so that is what it hears here."""

from moto.sqs.exceptions import QueueDoesNotExist

from operations import answers


@answers("sqs", "DeleteQueue")
def delete(call):
    call.moto()
    raise QueueDoesNotExist()
