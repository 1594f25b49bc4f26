"""The commands of az, what they answer, and what they ask of Azure. Each row stands on those before it."""
from dataclasses import dataclass, field

COMPUTE = "/subscriptions/{AZURE_SUBSCRIPTION_ID}/resourceGroups/sandbox-rg/providers/Microsoft.Compute"


@dataclass
class Command:
    text: str
    code: int = 0
    expect: dict = field(default_factory=dict)
    says: tuple = ()
    log: list = None
    save: tuple = None
    call: object = None


def upload(values):
    """What azcopy does for az: az itself writes no pages to a managed disk."""
    from azure.storage.blob import BlobClient
    blob = BlobClient.from_blob_url(values["sas"])
    with open(values["folder"] + "/disk.vhd", "rb") as disk:
        content = disk.read()
    for start in (0, len(content) - 512):
        page = content[start:start + (1 << 20)]
        blob.upload_page(page, start, len(page))


C = Command
COMMANDS = [
    # Sign-in
    C("login --service-principal -u {AZURE_CLIENT_ID} -p any --tenant {AZURE_TENANT_ID}"),
    C("account show"),
    C("account list-locations"),
    # Groups
    C("group create -n made-rg -l westeurope --tags purpose=test"),
    C("group show -n made-rg"),
    C("group list"),
    C("group exists -n made-rg"),
    # Virtual machines
    C("vm list -g sandbox-rg"),
    C("vm show -g sandbox-rg -n win-vm"),
    C("vm get-instance-view -g sandbox-rg -n win-vm"),
    C("vm restart -g sandbox-rg -n win-vm"),
    C("vm stop -g sandbox-rg -n win-vm"),
    C("vm start -g sandbox-rg -n win-vm"),
    C("vm run-command invoke -g sandbox-rg -n win-vm --command-id RunPowerShellScript --scripts hostname"),
    C("vm run-command list -l westeurope"),
    C("vm boot-diagnostics enable -g sandbox-rg -n win-vm"),
    C("vm boot-diagnostics get-boot-log -g sandbox-rg -n win-vm"),
    C("vm boot-diagnostics get-boot-log-uris -g sandbox-rg -n win-vm"),
    C("vm extension list -g sandbox-rg --vm-name win-vm"),
    C("vm list-skus -l westeurope --size Standard_D2s_v5"),
    C("vm list-usage -l westeurope"),
    C("vm list-sizes -l westeurope"),
    # Disks
    C("disk create -g sandbox-rg -n empty-disk --size-gb 4 --sku StandardSSD_LRS --tags a=b"),
    C("disk update -g sandbox-rg -n empty-disk --size-gb 8"),
    C("disk show -g sandbox-rg -n empty-disk"),
    C("disk list -g sandbox-rg"),
    C("disk create -g sandbox-rg -n upload-disk --for-upload --upload-size-bytes 20972032 --sku Standard_LRS --os-type Windows --hyper-v-generation V2"),
    C("disk grant-access -g sandbox-rg -n upload-disk --access-level Write --duration-in-seconds 3600", save=("sas", "accessSas")),
    C("(pages of upload-disk, by the SDK for Python)", call=upload),
    C("disk revoke-access -g sandbox-rg -n upload-disk"),
    C("vm disk attach -g sandbox-rg --vm-name win-vm -n empty-disk"),
    C("vm disk detach -g sandbox-rg --vm-name win-vm -n empty-disk"),
    # Snapshots
    C("snapshot create -g sandbox-rg -n full-snapshot --source win-vm_OsDisk_1 --hyper-v-generation V2"),
    C("snapshot create -g sandbox-rg -n incremental-snapshot --source win-vm_OsDisk_1 --incremental true"),
    C("snapshot create -g sandbox-rg -n copied-snapshot --source incremental-snapshot --incremental true --copy-start true -l northeurope"),
    C("snapshot show -g sandbox-rg -n copied-snapshot"),
    C("snapshot list -g sandbox-rg"),
    C("snapshot grant-access -g sandbox-rg -n full-snapshot --duration-in-seconds 3600"),
    C("snapshot revoke-access -g sandbox-rg -n full-snapshot"),
    C("disk create -g sandbox-rg -n from-snapshot --source full-snapshot --hyper-v-generation V2"),
    # Storage
    C("storage account list"),
    C("storage account show -g sandbox-rg -n sandboximages"),
    C("storage account keys list -g sandbox-rg -n sandboximages"),
    C("storage container create --account-name sandboximages -n made --auth-mode login"),
    C("storage container list --account-name sandboximages --auth-mode login"),
    C("storage blob upload --account-name sandboximages -c made -n disk.vhd -f {folder}/disk.vhd --type page --auth-mode login --no-progress"),
    C("storage blob show --account-name sandboximages -c made -n disk.vhd --auth-mode login"),
    C("storage blob list --account-name sandboximages -c made --auth-mode login"),
    C("storage blob download --account-name sandboximages -c made -n disk.vhd -f {folder}/back.vhd --auth-mode login --no-progress"),
    C("storage blob upload --account-name sandboximages -c made -n note.txt -f {folder}/note.txt --auth-mode key --no-progress"),
    C("storage blob snapshot --account-name sandboximages -c made -n disk.vhd --auth-mode login"),
    # Images
    C("vm deallocate -g sandbox-rg -n linux-vm"),
    C("vm generalize -g sandbox-rg -n linux-vm"),
    C("image create -g sandbox-rg -n vm-image --source linux-vm --hyper-v-generation V2"),
    C("image create -g sandbox-rg -n disk-image --source from-snapshot --os-type Windows --hyper-v-generation V2"),
    C("image create -g sandbox-rg -n blob-image --source https://sandboximages.blob.core.windows.net/made/disk.vhd --os-type Linux -l westeurope"),
    C("image show -g sandbox-rg -n vm-image"),
    C("image list -g sandbox-rg"),
    C("image update -g sandbox-rg -n vm-image --tags kept=yes"),
    # Galleries
    C("sig create -g sandbox-rg -r madeGallery"),
    C("sig list -g sandbox-rg"),
    C("sig show -g sandbox-rg -r madeGallery"),
    C("sig image-definition create -g sandbox-rg -r madeGallery -i linux --os-type Linux -p Made -f Linux -s g2 --hyper-v-generation V2"),
    C("sig image-definition create -g sandbox-rg -r madeGallery -i windows --os-type Windows -p Made -f Windows -s g2 --hyper-v-generation V2 --os-state Generalized"),
    C("sig image-definition list -g sandbox-rg -r madeGallery"),
    C("sig image-definition show -g sandbox-rg -r madeGallery -i linux"),
    C("sig image-version create -g sandbox-rg -r madeGallery -i linux -e 1.0.0 --virtual-machine " + COMPUTE + "/virtualMachines/linux-vm"),
    C("sig image-version create -g sandbox-rg -r madeGallery -i linux -e 1.0.1 --managed-image vm-image"),
    C("sig image-version create -g sandbox-rg -r madeGallery -i windows -e 1.0.0 --os-snapshot full-snapshot --target-regions westeurope=1 northeurope=1"),
    C("sig image-version create -g sandbox-rg -r madeGallery -i linux -e 1.0.2 --image-version " + COMPUTE + "/galleries/madeGallery/images/linux/versions/1.0.1"),
    C("sig image-version list -g sandbox-rg -r madeGallery -i linux"),
    C("sig image-version show -g sandbox-rg -r madeGallery -i windows -e 1.0.0 --expand ReplicationStatus"),
    C("sig image-version update -g sandbox-rg -r madeGallery -i linux -e 1.0.1 --target-regions westeurope=2 northeurope"),
    # The Marketplace
    C("vm image list-publishers -l westeurope"),
    C("vm image list-offers -l westeurope -p Canonical"),
    C("vm image list-skus -l westeurope -p Canonical -f ubuntu-24_04-lts"),
    C("vm image list -l westeurope -p Canonical -f ubuntu-24_04-lts -s server --all"),
    C("vm image show -l westeurope --urn Canonical:ubuntu-24_04-lts:server:24.04.202502210"),
    C("vm image terms show --publisher cognosys --offer rocky-linux-9 --plan rocky-linux-9"),
    C("vm image terms accept --publisher cognosys --offer rocky-linux-9 --plan rocky-linux-9"),
    C("vm image terms cancel --publisher cognosys --offer rocky-linux-9 --plan rocky-linux-9"),
    # Everything
    C("resource list -g sandbox-rg"),
    C("resource list --resource-type Microsoft.Compute/images"),
    C("lock create -n keep -g made-rg --lock-type CanNotDelete"),
    C("lock list -g made-rg"),
    C("group delete -n made-rg --yes", 1),
    C("lock delete -n keep -g made-rg"),
    # Restore points, encryption sets, disk accesses
    C("restore-point collection create -g sandbox-rg --collection-name points --source-id " + COMPUTE + "/virtualMachines/win-vm -l westeurope"),
    C("restore-point create -g sandbox-rg --collection-name points -n first"),
    C("restore-point collection show -g sandbox-rg --collection-name points"),
    C("disk-access create -g sandbox-rg -n private-access -l westeurope"),
    C("disk-access list -g sandbox-rg"),
    # Refusals
    C("disk create -g sandbox-rg -n no-region --size-gb 4 -l atlantis", 1),
    C("disk create -g no-such-rg -n no-group --size-gb 4", 3),
    C("disk create -g sandbox-rg -n no-source --source no-such-snapshot", 1),
    C("disk create -g sandbox-rg -n much-too-big --size-gb 99999", 1),
    C("disk create -g sandbox-rg -n 'bad name!' --size-gb 4", 1),
    C("disk create -g sandbox-rg -n no-keys --size-gb 4 --disk-encryption-set no-such-set", 3),
    C("disk create -g sandbox-rg -n private --size-gb 4 --network-access-policy AllowPrivate", 1),
    C("disk update -g sandbox-rg -n empty-disk --size-gb 2", 1),
    C("disk grant-access -g sandbox-rg -n win-vm_OsDisk_1 --duration-in-seconds 60 --access-level Write", 1),
    C("disk delete -g sandbox-rg -n win-vm_OsDisk_1 --yes", 1),
    C("disk show -g sandbox-rg -n no-such-disk", 3),
    C("vm generalize -g sandbox-rg -n win-vm", 1),
    C("vm start -g sandbox-rg -n linux-vm", 1),
    C("vm show -g sandbox-rg -n no-such-vm", 3),
    C("image create -g sandbox-rg -n not-general --source win-vm --hyper-v-generation V2", 1),
    C("sig create -g sandbox-rg -r bad-name!", 1),
    C("sig delete -g sandbox-rg -r madeGallery", 1),
    C("sig image-definition create -g sandbox-rg -r madeGallery -i again --os-type Linux -p Made -f Linux -s g2 --hyper-v-generation V2", 1),
    C("sig image-definition create -g sandbox-rg -r madeGallery -i long --os-type Linux -p Made -f Linux -s " + "s" * 65, 1),
    C("sig image-version create -g sandbox-rg -r madeGallery -i windows -e 2.0.0 --virtual-machine " + COMPUTE + "/virtualMachines/linux-vm", 1),
    C("sig image-version create -g sandbox-rg -r madeGallery -i linux -e not.a.version --managed-image vm-image", 1),
    C("sig image-version create -g sandbox-rg -r madeGallery -i linux -e 2.0.0 --managed-image vm-image --target-regions northeurope", 1),
    C("sig image-version create -g sandbox-rg -r sandboxGallery -i windows-server-tl -e 2.0.0 --virtual-machine " + COMPUTE + "/virtualMachines/win-vm", 1),
    C("sig image-definition delete -g sandbox-rg -r madeGallery -i linux", 1),
    C("storage container create --account-name sandboximages -n BAD --auth-mode login", 1),
    C("storage blob show --account-name sandboximages -c made -n no-such-blob --auth-mode login", 3),
    C("group create -n made-rg -l northeurope", 1),
    C("vm image list-skus -l westeurope -p NoSuchPublisher -f none", 3),
    C("vm image terms show --publisher none --offer none --plan none", 3),
    C("resource delete -g sandbox-rg --resource-type Microsoft.Network/networkInterfaces -n win-vm-nic", 1),
    # The end of everything
    C("restore-point collection delete -g sandbox-rg --collection-name points --yes"),
    C("storage blob delete --account-name sandboximages -c made -n note.txt --auth-mode login"),
    C("sig image-version delete -g sandbox-rg -r madeGallery -i linux -e 1.0.2"),
    C("sig image-version delete -g sandbox-rg -r madeGallery -i linux -e 1.0.1"),
    C("sig image-version delete -g sandbox-rg -r madeGallery -i linux -e 1.0.0"),
    C("sig image-version delete -g sandbox-rg -r madeGallery -i windows -e 1.0.0"),
    C("sig image-definition delete -g sandbox-rg -r madeGallery -i linux"),
    C("sig image-definition delete -g sandbox-rg -r madeGallery -i windows"),
    C("sig delete -g sandbox-rg -r madeGallery"),
    C("image delete -g sandbox-rg -n vm-image"),
    C("snapshot delete -g sandbox-rg -n full-snapshot"),
    C("disk delete -g sandbox-rg -n empty-disk --yes"),
    C("vm delete -g sandbox-rg -n win-vm --yes"),
    C("group delete -n made-rg --yes"),
    C("group exists -n made-rg"),
]
