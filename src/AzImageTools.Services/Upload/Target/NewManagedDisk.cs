using AzImageTools.Disks;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Upload.Source;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Upload.Target;

/// <summary>A managed disk that is to be created for an upload.</summary>
/// <param name="disk">The disk.</param>
/// <param name="target">What it is to be like.</param>
/// <param name="location">Its region.</param>
/// <param name="replaced">The run that created the disk which goes first; null for none.</param>
internal sealed class NewManagedDisk(UploadDisk disk, ManagedDiskTarget target, string location, string? replaced) : NewTarget
{
    public override async Task<ExistingTarget> CreateAsync(UploadSourceInfo source, StepRun run)
    {
        if (replaced is not null)
        {
            await RemoveAsync(Guid.Empty, run with { RunId = replaced }).ConfigureAwait(false);
        }

        // Creating is updating where there is one already, and there is no condition that Azure would check: so before and after.
        if (await disk.FindAsync(run.Cancellation).ConfigureAwait(false) is not null)
        {
            throw disk.Taken();
        }

        ManagedDiskResource created;
        try
        {
            created = await disk.CallAsync("Creating", () => CreateOrUpdateAsync(source, run)).ConfigureAwait(false);
        }
        catch (ImageServiceException exception) when (exception.Kind == ErrorKind.InvalidState)
        {
            if (await disk.FindAsync(run.Cancellation).ConfigureAwait(false) is { } other && !RunTag.IsOf(other.Data.Tags, run.RunId))
            {
                throw disk.Taken(exception);
            }

            throw;
        }

        return RunTag.IsOf(created.Data.Tags, run.RunId) && (created.Data.DiskState is not { } state || state == DiskState.ReadyToUpload)
            ? new ExistingManagedDisk(disk, this, isNew: true)
            : throw disk.Taken();
    }

    public override Task<bool> RemoveAsync(Guid leaseId, StepRun run)
        => OwnResource.DeleteAsync(
            run,
            $"the incomplete {disk.Description}",
            cancellation => Lookup.FindAsync(() => disk.Resource.GetAsync(cancellation)),
            found => found.Data.Tags,
            async (found, cancellation) =>
            {
                await UploadDisk.TryEndAccessAsync(found, run).ConfigureAwait(false);
                return await found.DeleteAsync(WaitUntil.Started, cancellation).ConfigureAwait(false);
            });

    private async Task<ManagedDiskResource> CreateOrUpdateAsync(UploadSourceInfo source, StepRun run)
    {
        ManagedDiskData data = Describe(source);
        run.Context.Log.Verbose(
            $"The {disk.Description} is created in {location}{(target.Location is null ? ", the resource group's region" : string.Empty)}, zone {(target.Zones.Count == 0 ? "none" : target.Zones[0])}, with the SKU {target.DiskSku ?? "that Azure takes by default"}, "
            + $"{source.OsType ?? "no OS type"}, generation {source.HyperVGeneration ?? "not said"}, {source.Architecture ?? "no architecture"}, security type {target.SecurityType ?? SecurityTypes.Standard}.");
        RunTag.Apply(data.Tags, target.Tags, run.RunId);
        ArmOperation<ManagedDiskResource> operation = await disk.ResourceGroup.GetManagedDisks().CreateOrUpdateAsync(
            WaitUntil.Started, target.DiskName, data, run.Cancellation).ConfigureAwait(false);
        return await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }

    private ManagedDiskData Describe(UploadSourceInfo source)
    {
        ManagedDiskData data = new(new AzureLocation(location))
        {
            CreationData = new DiskCreationData(DiskCreateOption.Upload) { UploadSizeBytes = source.Length },
            OSType = Enum.TryParse(source.OsType, out SupportedOperatingSystemType os) ? os : null,
            HyperVGeneration = source.HyperVGeneration is null ? (HyperVGeneration?)null : new HyperVGeneration(source.HyperVGeneration),
            NetworkAccessPolicy = target.NetworkAccessPolicy is null ? (NetworkAccessPolicy?)null : new NetworkAccessPolicy(target.NetworkAccessPolicy),
            DataAccessAuthMode = target.DataAccessAuthMode is null ? (DataAccessAuthMode?)null : new DataAccessAuthMode(target.DataAccessAuthMode),
            DiskAccessId = target.DiskAccessId is null ? null : ResourceNames.RequireId(target.DiskAccessId, DiskAccessResource.ResourceType, "disk access"),
        };
        if (source.Architecture is not null)
        {
            data.SupportedCapabilities = new SupportedCapabilities { Architecture = new ArchitectureType(source.Architecture) };
        }

        foreach (string zone in target.Zones)
        {
            data.Zones.Add(zone);
        }

        if (target.DiskSku is not null)
        {
            data.Sku = new DiskSku { Name = new DiskStorageAccountType(target.DiskSku) };
        }

        if (SecurityTypes.IsSecured(target.SecurityType))
        {
            data.SecurityProfile = new DiskSecurityProfile { SecurityType = new DiskSecurityType(target.SecurityType) };
        }

        if (target.DiskEncryptionSetId is not null)
        {
            data.Encryption = new DiskEncryption
            {
                DiskEncryptionSetId = ResourceNames.RequireId(target.DiskEncryptionSetId, DiskEncryptionSetResource.ResourceType, "disk encryption set"),
                EncryptionType = ComputeEncryptionType.EncryptionAtRestWithCustomerKey,
            };
        }

        return data;
    }
}
