"""NetApp's own Python library against the simulator: what it can do with iSCSI credentials.

Usage: python_client.py URL_HOST PORT CA_FILE USER PASSWORD. Prints one line for each case; exits 1 if one failed.
"""

import sys

from netapp_ontap import HostConnection, NetAppRestError, config, utils
from netapp_ontap.resources import Cluster, IscsiCredentials, IscsiService, IscsiSession, Svm

utils.LOG_ALL_API_CALLS = 0
host, port, ca_file, user, password = sys.argv[1:6]
config.CONNECTION = HostConnection(host, port=int(port), username=user, password=password, verify=ca_file)
# The library polls jobs at this interval; the simulator's are over at once.
config.CONNECTION.poll_interval = 1

IQN = "iqn.1992-08.com.netapp:python"
INBOUND = {"user": "host1", "password": "inbound-secret"}
failed = []


def case(title):
    def register(check):
        try:
            check()
            print(f"ok    {title}")
        except Exception as error:  # pylint: disable=broad-except
            failed.append(title)
            print(f"FAIL  {title}: {type(error).__name__}: {error}")

    return register


def refused(code, call):
    """Expects an error with this ONTAP code."""
    try:
        call()
    except NetAppRestError as error:
        assert str(error.response_body["error"]["code"]) == code, error.response_body
        return error
    raise AssertionError(f"no error; expected {code}")


@case("reads the cluster's version")
def _():
    cluster = Cluster()
    cluster.get(fields="version")
    assert cluster.version.generation == 9, cluster


@case("finds an SVM by name, and none by an unknown one")
def _():
    assert Svm.find(name="svm1").uuid
    assert Svm.find(name="svm9") is None


@case("creates a credential from SVM name and UUID, and hydrates it from Location")
def _():
    svm = Svm.find(name="svm1")
    record = IscsiCredentials(
        initiator=IQN,
        authentication_type="chap",
        chap={"inbound": INBOUND},
        svm={"name": "svm1", "uuid": svm.uuid},
        initiator_address={"ranges": [{"start": "10.0.0.1", "end": "10.0.0.9"}]},
    )
    record.post(hydrate=True)
    assert record.initiator == IQN and record.svm.uuid == svm.uuid, record
    assert record.chap.inbound.user == "host1"


@case("creates with a dictionary of returned records")
def _():
    other = IscsiCredentials(initiator=f"{IQN}-2", authentication_type="none", svm={"name": "svm1"})
    response = other.post(return_records=True)
    assert response.http_response.json()["records"][0]["initiator"] == f"{IQN}-2"


@case("refuses to create it twice: 5374142")
def _():
    again = IscsiCredentials(initiator=IQN, authentication_type="none", svm={"name": "svm1"})
    refused("5374142", again.post)


@case("lists with fields, filters and wildcards, over several pages")
def _():
    records = list(IscsiCredentials.get_collection(fields="*", max_records=1, initiator="iqn*python*"))
    assert [record.initiator for record in records] == [IQN, f"{IQN}-2"], records
    either = list(IscsiCredentials.get_collection(**{"svm.name": "svm1|svm2", "initiator": "default"}))
    assert len(either) == 2, either
    assert IscsiCredentials.count_collection(initiator="default") == 2


@case("orders")
def _():
    records = list(IscsiCredentials.get_collection(order_by="initiator desc", initiator="iqn*"))
    assert records[0].initiator == f"{IQN}-2", records


def found():
    record = IscsiCredentials.find(initiator=IQN, fields="*")
    assert record is not None
    return record


@case("changes type and pair together")
def _():
    record = found()
    record.authentication_type = "CHAP"
    record.chap = {"inbound": {"user": "host2", "password": "another-secret"}}
    record.patch()
    assert found().chap.inbound.user == "host2"


@case("sends CHAP without the unchanged type, and is refused: 5374900")
def _():
    record = found()
    record.chap.inbound.password = "third-secret"
    record.chap.inbound.user = "host3"
    refused("5374900", record.patch)


@case("sends an empty PATCH when nothing differs, and is refused: 262190")
def _():
    refused("262190", found().patch)


@case("reads addresses, changes and sends them back with their family")
def _():
    record = found()
    record.initiator_address.ranges = [*record.initiator_address.ranges, {"start": "2001:DB8::1", "end": "2001:DB8::9"}]
    record.patch()
    assert [r.family for r in found().initiator_address.ranges] == ["ipv4", "ipv6"], found()


@case("adds and removes addresses by query parameters")
def _():
    svm_uuid = found().svm.uuid
    change = IscsiCredentials(initiator=IQN, **{"svm.uuid": svm_uuid})
    change.initiator_address = {"ranges": [{"start": "10.9.0.1", "end": "10.9.0.1"}]}
    change.patch(add_initiator_addresses=True)
    assert len(found().initiator_address.ranges) == 3, found()
    change = IscsiCredentials(initiator=IQN, **{"svm.uuid": svm_uuid})
    change.initiator_address = {"ranges": [{"start": "10.9.0.1", "end": "10.9.0.1"}]}
    change.patch(remove_initiator_addresses=True)
    assert len(found().initiator_address.ranges) == 2, found()


@case("sets and clears the outbound pair")
def _():
    record = found()
    record.authentication_type = "CHAP"
    record.chap = {"inbound": INBOUND, "outbound": {"user": "ontap", "password": "outbound-secret"}}
    record.patch()
    assert found().chap.outbound.user == "ontap"
    record = found()
    record.authentication_type = "CHAP"
    record.chap = {"outbound": {"user": ""}}
    record.patch()
    assert "outbound" not in found().chap.to_dict(), found()


@case("changes all defaults by a query-based PATCH")
def _():
    IscsiCredentials.patch_collection({"authentication_type": "deny"}, initiator="default")
    records = list(IscsiCredentials.get_collection(initiator="default", fields="authentication_type"))
    assert [record.authentication_type for record in records] == ["deny", "deny"], records


@case("creates and deletes several by records, following the jobs")
def _():
    svm = {"name": "svm2", "uuid": Svm.find(name="svm2").uuid}
    records = [
        IscsiCredentials(initiator=f"{IQN}-{number}", authentication_type="none", svm=svm) for number in (3, 4)
    ]
    IscsiCredentials.post_collection(records)
    assert IscsiCredentials.count_collection(**{"svm.name": "svm2"}) == 3
    IscsiCredentials.delete_collection(records=records)
    assert IscsiCredentials.count_collection(**{"svm.name": "svm2"}) == 1


@case("reads the iSCSI service and sessions")
def _():
    assert IscsiService.find(**{"svm.name": "svm1"}, fields="*").enabled
    assert len(list(IscsiSession.get_collection(**{"svm.name": "svm1"}))) == 0


@case("cannot delete the default credential: 5374148")
def _():
    refused("5374148", IscsiCredentials.find(initiator="default", **{"svm.name": "svm1"}).delete)


@case("drops an empty filter from a DELETE of the collection, which is refused: 262212")
def _():
    refused("262212", lambda: IscsiCredentials.delete_collection(initiator=""))


@case("deletes")
def _():
    for record in list(IscsiCredentials.get_collection(initiator="iqn*")):
        record.delete()
    assert IscsiCredentials.find(initiator="iqn*") is None


@case("hears of a missing credential: PATCH 5374895, DELETE 5374895, GET 4")
def _():
    gone = IscsiCredentials(initiator=IQN, **{"svm.uuid": Svm.find(name="svm1").uuid})
    refused("4", gone.get)
    refused("5374895", gone.delete)
    gone.authentication_type = "deny"
    refused("5374895", gone.patch)


@case("is refused with a wrong password: 6691623")
def _():
    wrong = HostConnection(host, port=int(port), username=user, password="wrong", verify=ca_file)
    with wrong:
        error = refused("6691623", lambda: Svm.find(name="svm1"))
        assert error.status_code == 401


sys.exit(1 if failed else 0)
