"""What Debian's azure-cli 2.45 needs to work: its own, not the sandbox's."""
import os


def apply():
    # Without it az says at each start that its installer is unknown.
    os.environ["AZ_INSTALLER"] = "DEB"

    # Debian ships azure-mgmt-compute without the version 2022-11-01 that this azure-cli asks for: its vm and image commands crash.
    from azure.cli.core.profiles import _shared
    compute = _shared.AZURE_API_PROFILES["latest"][_shared.ResourceType.MGMT_COMPUTE]
    compute.profile[None] = "2022-08-01"
    compute.profile["virtual_machine_scale_sets"] = "2022-08-01"


def hurry(factor):
    """Has the SDK's pollers, of either generation, sleep a fraction of what Retry-After asks for: the client's patience, not the answers."""
    from azure.core.pipeline.transport import RequestsTransport
    sleep = RequestsTransport.sleep
    RequestsTransport.sleep = lambda self, duration: sleep(self, duration * factor)
