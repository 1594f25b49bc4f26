"""The commands of az, what they answer, and what they ask of Azure. Each row stands on those before it."""
from dataclasses import dataclass, field

RG = "sandbox-rg"
VALUES = {"rg": RG}


@dataclass
class Command:
    text: str
    code: int = 0
    expect: dict = field(default_factory=dict)
    says: tuple = ()
    log: list = None
    save: tuple = None


COMMANDS = [
    Command("login --service-principal -u {AZURE_CLIENT_ID} -p any --tenant {AZURE_TENANT_ID}"),
    Command("account show"),
    Command("group create -n made-rg -l westeurope --tags purpose=test"),
    Command("group show -n made-rg"),
    Command("group list"),
    Command("group exists -n made-rg"),
    Command("vm list -g {rg}"),
    Command("vm show -g {rg} -n win-vm"),
    Command("vm get-instance-view -g {rg} -n win-vm"),
    Command("vm restart -g {rg} -n win-vm"),
    Command("vm stop -g {rg} -n win-vm"),
    Command("vm start -g {rg} -n win-vm"),
    Command("vm run-command invoke -g {rg} -n win-vm --command-id RunPowerShellScript --scripts hostname"),
    Command("vm boot-diagnostics get-boot-log -g {rg} -n win-vm"),
    Command("disk create -g {rg} -n empty-disk --size-gb 4 --sku StandardSSD_LRS"),
]
