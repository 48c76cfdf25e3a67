"""Grants or revokes the permissions of the program for a Kafka user: allow|revoke SERVERS USER TOPIC,TOPIC,… GROUP"""

import sys

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

what, servers, user, topics, group = sys.argv[1:]
resources = [(ResourceType.TOPIC, topic) for topic in topics.split(",")] + [(ResourceType.GROUP, group)]
principal = f"User:{user}"
pattern = ResourcePatternType.LITERAL
admin = AdminClient({"bootstrap.servers": servers})
if what == "allow":
    rules = [
        AclBinding(kind, name, pattern, principal, "*", AclOperation.ALL, AclPermissionType.ALLOW)
        for kind, name in resources
    ]
    answers = admin.create_acls(rules)
else:
    rules = [
        AclBindingFilter(kind, name, pattern, principal, "*", AclOperation.ALL, AclPermissionType.ALLOW)
        for kind, name in resources
    ]
    answers = admin.delete_acls(rules)
for answer in answers.values():
    answer.result(30)
