using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Provision;

/// <summary>Makes virtual machines of images and disks.</summary>
/// <param name="session">The session.</param>
public sealed class MachineService(ImageSession session)
{
    // A property: a field of a type of the SDK would load it at import.
    private static ResourceType SubnetType => new("Microsoft.Network/virtualNetworks/subnets");

    /// <summary>Checks the request, the source and the size, and plans the machine. Changes nothing.</summary>
    /// <param name="request">What to make of what.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>.</returns>
    /// <exception cref="ImageServiceException">
    /// The source can't be used (SourceInvalid, SourceNotFound, SourceNotReady, SourceNotInRegion, DiskInUse); no size fits (Size…, NoSizeFits, CoreQuotaExceeded); the security type
    /// is not the source's (SecurityType…); credentials are missing or not wanted (CredentialRequired, CredentialNotUsed); the plan's terms are not accepted (TermsNotAccepted); something of
    /// that name is there (VMAlreadyExists, NetworkAlreadyExists); a lock, the caller's roles or a policy forbid a step.
    /// </exception>
    public async Task<Plan<ImageVM>> PlanAsync(MachineRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, ownTags: 1);
        string name = ResourceNames.RequireNew(request.Name, "virtual machine");
        ResourceGroupResource group = await ReadGroupAsync(request, context).ConfigureAwait(false);
        ResourceIdentifier? subnet = request.SubnetId is null ? null : ResourceNames.RequireId(request.SubnetId, SubnetType, "subnet");
        AzureLocation? asked = request.Location is { } text ? new AzureLocation(text) : (AzureLocation?)null;
        MachineSource source = await new MachineSourceReader(session, context).ReadAsync(request.Source, asked ?? group.Data.Location).ConfigureAwait(false);
        AzureLocation location = ChooseLocation(source, asked, group.Data.Location);
        CheckCredentials(request, source);
        CheckLicense(request, source);
        string? zone = ChooseZone(request, source);
        MachineSizes sizes = await MachineSizes.ReadAsync(session, location, context).ConfigureAwait(false);
        (MachineSize size, string securityType) = sizes.Choose(request.Size, source, request.SecurityType, zone);
        ResourceIdentifier id = VirtualMachineResource.CreateResourceIdentifier(session.Context.SubscriptionId, group.Data.Name, name);
        MachineNetwork network = new(session, group.Id, location, name, subnet)
        {
            TagsOf = (_, run) => Task.FromResult(TagsOf(request, run)),
            UserTags = request.Tag,
            AllowsOutbound = request.AllowOutboundAccess,
        };
        NewMachine machine = new()
        {
            Id = id,
            Location = location,
            Source = source,
            Size = size,
            SecurityType = securityType,
            Zone = zone,
            InterfaceId = network.InterfaceId,
            UserName = request.UserName,
            Password = request.Password,
            SshPublicKeys = request.SshPublicKeys,
            LicenseType = request.LicenseType,
            StorageAccountType = request.StorageAccountType,
        };
        if (await FindLeftAsync(machine, context).ConfigureAwait(false) is { } left)
        {
            return new Plan<ImageVM>($"Create a virtual machine of {source.Description}", machine.Description, left, run => ReadAsync(machine, run)) { RunFolder = session.RunFolder };
        }

        await CheckFreeAsync(machine, network, context).ConfigureAwait(false);
        machine = machine with { OsDiskName = source.DiskId is null ? await FindDiskNameAsync(machine, context).ConfigureAwait(false) : null };
        Step? terms = await MarketplaceTerms.PlanAsync(session, source, request.AcceptTerms, context).ConfigureAwait(false);
        context.Log.Verbose($"The {machine.Description} is made of the {source.Description} ({source.OsType}, {source.Generation}, {source.Architecture}{(source.IsSpecialized ? ", specialized" : string.Empty)}) in {location.Name}, as {size.Name} with security type {securityType}.");
        Step[] steps = [.. terms is null ? Array.Empty<Step>() : [terms], .. network.Steps(), CreateStep(machine, request)];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        return new Plan<ImageVM>($"Create a virtual machine of {source.Description}", machine.Description, steps, run => ReadAsync(machine, run)) { RunFolder = session.RunFolder };
    }

    private static IReadOnlyDictionary<string, string> TagsOf(MachineRequest request, StepRun run)
    {
        Dictionary<string, string> tags = new(StringComparer.OrdinalIgnoreCase);
        RunTag.Apply(tags, request.Tag, run.RunId);
        return tags;
    }

    private static AzureLocation ChooseLocation(MachineSource source, AzureLocation? asked, AzureLocation ofGroup)
    {
        if (source.Regions is not { Count: > 0 } regions)
        {
            return asked ?? ofGroup;
        }

        AzureLocation wanted = asked ?? (regions.Contains(ofGroup) ? ofGroup : regions[0]);
        return regions.Contains(wanted) ? wanted : throw new ImageServiceException(
            "SourceNotInRegion",
            ErrorKind.InvalidArgument,
            $"The {source.Description} is in {string.Join(", ", regions.Select(region => region.Name))}: no machine can be made of it in {wanted.Name}.",
            source.DiskId is null ? "Replicate it there first, or leave -Location out." : "Copy it there first, or leave -Location out.",
            source.Id);
    }

    private static string? ChooseZone(MachineRequest request, MachineSource source)
    {
        if (source.Zone is not null && request.Zone is not null && request.Zone != source.Zone)
        {
            throw new ImageServiceException("ZoneMismatch", ErrorKind.InvalidArgument, $"The {source.Description} is in zone {source.Zone}, not {request.Zone}.", "Leave -Zone out.", source.Id);
        }

        return request.Zone ?? source.Zone;
    }

    private static void CheckCredentials(MachineRequest request, MachineSource source)
    {
        bool hasAny = request.UserName is not null || request.Password is not null || request.SshPublicKeys.Count > 0;
        if (source.IsSpecialized)
        {
            if (hasAny)
            {
                throw new ImageServiceException("CredentialNotUsed", ErrorKind.InvalidArgument, $"The {source.Description} is specialized: machines of it have the users that it has.", "Leave -Credential, -UserName and -SshPublicKey out.", source.Id);
            }

            return;
        }

        if (string.IsNullOrEmpty(request.UserName) || (request.Password is null && (source.IsWindows || request.SshPublicKeys.Count == 0)))
        {
            throw new ImageServiceException(
                "CredentialRequired",
                ErrorKind.InvalidArgument,
                $"The {source.Description} is generalized: a machine of it gets an administrator, and none was given.",
                source.IsWindows ? "Give -Credential." : "Give -Credential, or -UserName with -SshPublicKey.",
                source.Id);
        }

        if (source.IsWindows && request.SshPublicKeys.Count > 0)
        {
            throw new ImageServiceException("CredentialNotUsed", ErrorKind.InvalidArgument, "Azure gives public keys to Linux alone.", "Leave -SshPublicKey out.", source.Id);
        }
    }

    private static void CheckLicense(MachineRequest request, MachineSource source)
    {
        if (request.LicenseType is { } license && license.StartsWith("Windows", StringComparison.OrdinalIgnoreCase) != source.IsWindows && !string.Equals(license, "None", StringComparison.OrdinalIgnoreCase))
        {
            throw new ImageServiceException("LicenseTypeMismatch", ErrorKind.InvalidArgument, $"The licence {license} is none for {source.OsType}.", "Leave -LicenseType out.", license);
        }
    }

    private Task<ResourceGroupResource> ReadGroupAsync(MachineRequest request, OperationContext context)
    {
        string name = ResourceNames.Require(request.ResourceGroupName, "resource group");
        return AzureErrors.CallAsync($"Looking for the resource group '{name}'", name, async () =>
        {
            Response<ResourceGroupResource> group = await session.Subscription.GetResourceGroupAsync(name, context.Cancellation).ConfigureAwait(false);
            return group.Value;
        });
    }

    /// <summary>What is left to do of a machine that a killed run made; null where there is none.</summary>
    private async Task<IReadOnlyList<Step>?> FindLeftAsync(NewMachine machine, OperationContext context)
    {
        JsonObject? found = await AzureErrors.CallAsync(
            $"Looking for the {machine.Description}", machine.Id.ToString(), () => new ResourceDocuments(session.Arm).FindAsync(machine.Id, ApiVersions.WholeMachines, context.Cancellation)).ConfigureAwait(false);
        if ((string?)found?["tags"]?[RunTag.Name] is not { } run || !RunNote.IsOfKilled(session.RunFolder, run))
        {
            return null;
        }

        switch ((string?)found["properties"]?["provisioningState"])
        {
            case "Succeeded":
                context.Log.Warning($"The {machine.Description} was made by an earlier run, which was killed: it is taken as it is.");
                return [];
            case "Creating":
                context.Log.Warning($"The {machine.Description} was begun by an earlier run, which was killed: it is waited for.");
                return [KilledRun.WaitStep(session, machine.Id, ApiVersions.WholeMachines, machine.Description)];
            default:
                return null;
        }
    }

    private async Task CheckFreeAsync(NewMachine machine, MachineNetwork network, OperationContext context)
    {
        if (await ArmResources.ExistsAsync(session, machine.Description, machine.Id, context).ConfigureAwait(false))
        {
            throw new ImageServiceException("VMAlreadyExists", ErrorKind.AlreadyExists, $"There is a {machine.Description} already.", "Choose another name, or delete it with Remove-AzVM.", machine.Id.ToString());
        }

        string[] own = [.. network.Made.Select(made => made.Id.ToString())];
        foreach ((ResourceIdentifier id, string description) in network.Made)
        {
            TemporaryResource? found = await AzureErrors.CallAsync($"Looking for the {description}", id.ToString(), () => TemporaryResource.FindAsync(session, id, context.Cancellation)).ConfigureAwait(false);
            if (found is null)
            {
                continue;
            }

            // What an interrupted run left, and nobody uses, is made again as it is.
            bool isLeft = found.Tags.ContainsKey(RunTag.Name) && found.Holders.All(holder => own.Any(made => holder.StartsWith(made, StringComparison.OrdinalIgnoreCase)));
            if (!isLeft)
            {
                throw new ImageServiceException("NetworkAlreadyExists", ErrorKind.AlreadyExists, $"There is a {description} already.", "Choose another name for the machine, delete it, or give a subnet with -SubnetId.", id.ToString());
            }

            context.Log.Verbose($"The {description} was left by a run that was interrupted: it is used.");
        }
    }

    /// <summary>A machine's disk stays when it is deleted: the next machine of that name gets another.</summary>
    private async Task<string> FindDiskNameAsync(NewMachine machine, OperationContext context)
    {
        const int mostTries = 10;
        string name = $"{machine.Id.Name}-os";
        for (int number = 2; number <= mostTries; number++)
        {
            ResourceIdentifier disk = ManagedDiskResource.CreateResourceIdentifier(machine.Id.SubscriptionId, machine.Id.ResourceGroupName, name);
            if (!await ArmResources.ExistsAsync(session, $"managed disk '{name}'", disk, context).ConfigureAwait(false))
            {
                break;
            }

            name = FormattableString.Invariant($"{machine.Id.Name}-os-{number}");
        }

        return name;
    }

    private Step CreateStep(NewMachine machine, MachineRequest request) => new(run => AzureErrors.CallAsync(
        $"Creating the {machine.Description}", machine.Id.ToString(), () => machine.CreateAsync(session, TagsOf(request, run), run.Context)))
    {
        Title = $"Create the virtual machine ({machine.Size.Name})",
        Effect = StepEffect.Creates,
        Target = machine.Description,
        OnFailure = FailureAction.Undo,
        Note = machine.Source.DiskId is { } disk
            ? $"The disk '{disk.Name}' becomes its own. It is billed while it is allocated."
            : "It is billed while it is allocated, and its disks until they are deleted.",
        Changes = [machine.Change(request.Tag)],
        Weight = 6,
        Undo = run => DeleteOwnAsync(machine, run),
    };

    /// <summary>Deletes the machine again, and the disks that were made with it: those that it tells of, and that were not there before.</summary>
    private async Task<bool> DeleteOwnAsync(NewMachine machine, StepRun run)
    {
        List<ResourceIdentifier> disks = [];
        bool deleted = await OwnResource.DeleteAsync(
            run,
            machine.Description,
            async cancellation =>
            {
                VirtualMachineResource? found = await Lookup.FindAsync(() => session.Arm.GetVirtualMachineResource(machine.Id).GetAsync(expand: null, cancellation)).ConfigureAwait(false);
                VirtualMachineStorageProfile? storage = found?.Data.StorageProfile;
                disks = [.. new[] { storage?.OSDisk }.Where(disk => disk?.CreateOption == DiskCreateOptionType.FromImage).Select(disk => disk!.ManagedDisk?.Id)
                    .Concat((storage?.DataDisks ?? []).Where(disk => disk.CreateOption == DiskCreateOptionType.FromImage).Select(disk => disk.ManagedDisk?.Id)).Where(id => id is not null).Select(id => id!)];
                return found;
            },
            found => found.Data.Tags,
            (found, cancellation) => found.DeleteAsync(WaitUntil.Started, forceDeletion: null, cancellation)).ConfigureAwait(false);
        if (deleted)
        {
            foreach (ResourceIdentifier disk in disks)
            {
                await AzureErrors.CallAsync($"Deleting the managed disk '{disk.Name}'", disk.ToString(), async () =>
                {
                    ArmOperation operation = await session.Arm.GetManagedDiskResource(disk).DeleteAsync(WaitUntil.Started, run.Cancellation).ConfigureAwait(false);
                    await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
                }).ConfigureAwait(false);
            }
        }

        return deleted;
    }

    private Task<ImageVM> ReadAsync(NewMachine machine, OperationContext context) => AzureErrors.CallAsync($"Reading the {machine.Description}", machine.Id.ToString(), async () =>
    {
        Response<VirtualMachineResource> answer = await session.Arm.GetVirtualMachineResource(machine.Id).GetAsync(InstanceViewType.InstanceView, context.Cancellation).ConfigureAwait(false);
        VirtualMachineData data = answer.Value.Data;
        return new ImageVM
        {
            Id = machine.Id.ToString(),
            Name = machine.Id.Name,
            ResourceGroupName = machine.Id.ResourceGroupName!,
            Location = machine.Location.Name,
            SubscriptionId = machine.Id.SubscriptionId!,
            VmId = data.VmId,
            Size = data.HardwareProfile?.VmSize?.ToString() ?? machine.Size.Name,
            Zone = machine.Zone,
            OsType = machine.Source.OsType,
            HyperVGeneration = data.InstanceView?.HyperVGeneration?.ToString() ?? machine.Source.Generation,
            SecurityType = machine.SecurityType,
            SourceId = machine.Source.Id,
            PrivateIPAddress = await ReadAddressAsync(machine, context).ConfigureAwait(false),
            NetworkInterfaceId = machine.InterfaceId.ToString(),
            OsDiskId = data.StorageProfile?.OSDisk?.ManagedDisk?.Id?.ToString(),
            ProvisioningState = data.ProvisioningState ?? string.Empty,
            PowerState = data.InstanceView?.Statuses.Select(status => status.Code).FirstOrDefault(code => code?.StartsWith("PowerState/", StringComparison.OrdinalIgnoreCase) == true)?.Substring("PowerState/".Length),
        };
    });

    private async Task<string?> ReadAddressAsync(NewMachine machine, OperationContext context)
        => await new ArmDocuments(session.Arm, machine.InterfaceId, ApiVersions.Networks).FindAsync(path: string.Empty, context.Cancellation).ConfigureAwait(false) is { } card
            ? ArmDocuments.Items(card, "properties", "ipConfigurations").Select(configuration => ArmDocuments.Text(configuration, "properties", "privateIPAddress")).FirstOrDefault()
            : null;
}
