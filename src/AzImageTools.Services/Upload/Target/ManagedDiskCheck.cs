using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Resume;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Upload.Target;

/// <summary>Finds out what an upload meets at a managed disk.</summary>
internal sealed class ManagedDiskCheck : TargetCheck
{
    private readonly ManagedDiskTarget _target;
    private readonly UploadDisk _disk;

    /// <summary>Names the disk.</summary>
    /// <exception cref="ImageServiceException">A name or the security type can't be, or there is no session (NameInvalid, SecurityTypeNotSupported, NotConnected).</exception>
    public ManagedDiskCheck(ImageSession? session, ManagedDiskTarget target)
    {
        string group = ResourceNames.Require(target.ResourceGroupName, "resource group");
        string name = ResourceNames.Require(target.DiskName, "managed disk");
        RequireSecurityType(target.SecurityType);
        if (target.Zones.Count > 1)
        {
            throw new ImageServiceException(
                "ZoneAmbiguous",
                ErrorKind.InvalidArgument,
                $"A managed disk lies in one zone, and {string.Join(", ", target.Zones)} were given.",
                "Give one; a disk that survives its zone has a SKU such as Premium_ZRS, and no zone.",
                target.DiskName);
        }

        _target = target;
        _disk = new UploadDisk(ImageSession.Require(session), group, name);
    }

    public override string Id => _disk.Id.ToString();

    public override string Description => _disk.Description;

    /// <summary>The largest <c>uploadSizeBytes</c> (REST reference, Disks - Create Or Update, CreationData).</summary>
    public override long MaximumLength => 35_183_298_347_520;

    public override async Task<TargetState> RunAsync(JournalContent? earlier, TargetUse use, OperationContext context)
    {
        Response<ResourceGroupResource> group = await AzureErrors.CallAsync(
            $"Finding the resource group '{_target.ResourceGroupName}'", _target.ResourceGroupName, () => _disk.ResourceGroup.GetAsync(context.Cancellation)).ConfigureAwait(false);
        string location = _target.Location is { } asked ? new AzureLocation(asked).Name : group.Value.Data.Location.Name;
        TargetIdentity identity = new(UploadTargetKind.ManagedDisk, Id, _target.DiskName, _disk.Session.Context.SubscriptionId)
        {
            ResourceGroupName = _target.ResourceGroupName,
            Location = location,
        };
        if (await _disk.FindAsync(context.Cancellation).ConfigureAwait(false) is not { } found)
        {
            return Create(replaced: null);
        }

        ManagedDiskData disk = found.Data;
        bool isOwn = earlier is not null && RunTag.IsOf(disk.Tags, earlier.Header.RunId) && disk.CreationData.UploadSizeBytes == earlier.Header.Length;
        bool isUnderUpload = UploadDisk.IsUnderUpload(disk.DiskState);
        if (isOwn && isUnderUpload)
        {
            return use.Restart ? Create(earlier!.Header.RunId) : new TargetState.Continue(earlier!, Existing()) { Identity = identity };
        }

        if (isOwn && earlier!.IsVerified && !use.Restart)
        {
            return new TargetState.Ended(earlier, new EndedManagedDisk(_disk)) { Identity = identity };
        }

        if (isUnderUpload && RunTag.Read(disk.Tags) is { } runId)
        {
            RequireForce(disk);
            return use is { Verify: true, Restart: false } && disk.CreationData.UploadSizeBytes == use.Length
                ? new TargetState.TakeOver(runId, Existing()) { Identity = identity }
                : Create(runId);
        }

        throw new ImageServiceException(
            "DiskAlreadyExists",
            ErrorKind.AlreadyExists,
            isOwn ? $"The upload to the {Description} was ended before it was complete." : $"There is {ResourceNames.WithArticle(Description)} already.",
            "Choose another name with -DiskName, or remove it first.",
            Id);

        TargetState Create(string? replaced) => new TargetState.Create(new NewManagedDisk(_disk, _target, location, replaced)) { Identity = identity };

        ExistingManagedDisk Existing() => new(_disk, new NewManagedDisk(_disk, _target, location, replaced: null), isNew: false);
    }

    /// <summary>What waits for an upload which no journal here tells of may be another machine's, and is taken only when that is said.</summary>
    private void RequireForce(ManagedDiskData disk)
    {
        if (!_target.Force)
        {
            throw new ImageServiceException(
                UnderUploadErrorId,
                ErrorKind.AlreadyExists,
                $"There is {ResourceNames.WithArticle(Description)} already, in state {disk.DiskState}: it belongs to an upload whose journal is not here, which is still running or was interrupted.",
                "If that upload no longer runs, use -Force to send the disk again without being asked (with -Verify, data that is there already and correct is kept), or Stop-AzVhdUpload to delete it.",
                Id);
        }
    }

    private static void RequireSecurityType(string? securityType)
    {
        if (securityType is null || new[] { SecurityTypes.Standard, SecurityTypes.TrustedLaunch }.Contains(securityType, StringComparer.OrdinalIgnoreCase))
        {
            return;
        }

        throw securityType.StartsWith("ConfidentialVM", StringComparison.OrdinalIgnoreCase)
            ? new ImageServiceException(
                "SecurityTypeNotSupported",
                ErrorKind.NotSupported,
                $"A managed disk of the security type {securityType} is uploaded together with the guest state of the confidential machine that it was, which a disk image does not hold.",
                "Upload it as a page blob (-StorageAccountName or -SasUri), and make of that blob a version of an image definition for confidential machines (feature SecurityType = ConfidentialVmSupported): Azure takes no managed disk there.",
                securityType)
            : new ImageServiceException(
                "SecurityTypeNotSupported", ErrorKind.InvalidArgument, $"'{securityType}' is not a security type of managed disks.", "Use Standard or TrustedLaunch.", securityType);
    }
}
