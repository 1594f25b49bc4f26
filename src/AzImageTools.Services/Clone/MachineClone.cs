using AzImageTools.Disks;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Services.Remote;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using Azure;
using Azure.Core;
using Azure.ResourceManager;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Clone;

/// <summary>
/// A temporary machine on copies of another's disks: the other is read, and never changed. It is a second machine with the same identity, so that what must not have
/// a twin is refused, it has a network that leads nowhere, and no extension is carried over.
/// </summary>
internal sealed class MachineClone
{
    private const string Purpose = "clone";
    private static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(10);

    /// <summary>How long the clone may take until its agent reports.</summary>
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(20);

    private readonly ImageSession _session;
    private readonly GuestMachine _source;
    private readonly VirtualMachineData _model;
    private readonly CloneRequest _request;
    private readonly TemporaryThings _things;
    private readonly ResourceIdentifier _group;

    private MachineClone(ImageSession session, GuestMachine source, VirtualMachineData model, CloneRequest request)
    {
        _session = session;
        _source = source;
        _model = model;
        _request = request;
        _things = new TemporaryThings(session, Purpose, request.Tag);
        string group = request.TemporaryResourceGroupName ?? _things.NameFor();
        _group = ResourceGroupResource.CreateResourceIdentifier(source.Id.SubscriptionId, group);
        Id = VirtualMachineResource.CreateResourceIdentifier(source.Id.SubscriptionId, group, _things.NameFor("vm"));
        Creations = [TwinStep(), .. Plan()];
        Removal = _things.RemoveStep();
    }

    /// <summary>The temporary machine.</summary>
    public ResourceIdentifier Id { get; }

    /// <summary>The steps that make it; each is undone when a later one fails.</summary>
    public IReadOnlyList<Step> Creations { get; }

    /// <summary>The step that removes it, with all that belongs to it.</summary>
    public Step Removal { get; }

    /// <summary>The step that removes the clones of runs of this machine which were killed.</summary>
    public static Step RemoveLeftStep(ImageSession session) => new(run => new LeftoverService(session).RemoveOfPredecessorsAsync(Purpose, run.Context))
    {
        Title = "Remove what interrupted runs left",
        Effect = StepEffect.Deletes,
        Target = "clones, with all that belongs to them, whose run was killed on this machine",
    };

    /// <summary>Plans a clone.</summary>
    /// <param name="session">The session.</param>
    /// <param name="source">The machine.</param>
    /// <param name="request">How.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <exception cref="ImageServiceException">It can't be cloned (VMGeneralized, SecurityTypeNotSupported, CoreQuotaExceeded), the group is not there, or the subnet's id is none.</exception>
    public static Task<MachineClone> PlanAsync(ImageSession session, GuestMachine source, CloneRequest request, OperationContext context)
        => AzureErrors.CallAsync($"Reading the {source.Description}", source.Id.ToString(), async () =>
        {
            if (source.IsMarked)
            {
                throw new ImageServiceException(
                    "VMGeneralized",
                    ErrorKind.InvalidState,
                    $"The {source.Description} is generalized: a clone of it would start as a new machine, and nothing of it is lost by a capture.",
                    "Leave out -PreserveSource.",
                    source.Id.ToString());
            }

            Response<VirtualMachineResource> machine = await session.Arm.GetVirtualMachineResource(source.Id).GetAsync(cancellationToken: context.Cancellation).ConfigureAwait(false);
            if (machine.Value.Data.SecurityProfile?.SecurityType is { } security && SecurityTypes.IsSecured(security.ToString()) && security != SecurityType.TrustedLaunch)
            {
                throw new ImageServiceException(
                    "SecurityTypeNotSupported",
                    ErrorKind.NotSupported,
                    $"The {source.Description} is of security type {security}: whether a machine starts from copies of its disks is not known.",
                    "Capture it without -PreserveSource.",
                    source.Id.ToString());
            }

            ImageSession owner = await session.InSubscriptionAsync(source.Id.SubscriptionId, context).ConfigureAwait(false);
            (await MachineSizes.ReadAsync(owner, source.Location, context).ConfigureAwait(false)).CheckCores(machine.Value.Data.HardwareProfile?.VmSize?.ToString());
            if (request.TemporaryResourceGroupName is { } group)
            {
                ResourceIdentifier id = ResourceGroupResource.CreateResourceIdentifier(source.Id.SubscriptionId, ResourceNames.Require(group, "temporary resource group"));
                _ = await session.Arm.GetResourceGroupResource(id).GetAsync(context.Cancellation).ConfigureAwait(false);
            }

            return new MachineClone(session, source, machine.Value.Data, request);
        });

    private IEnumerable<Step> Plan()
    {
        if (_request.TemporaryResourceGroupName is null)
        {
            yield return _things.CreateStep("Create a resource group for the clone", _group, _source.Location, CreateGroupAsync, note: null);
        }

        ResourceIdentifier[] copies = new ResourceIdentifier[_request.Disks.Count];
        for (int index = 0; index < _request.Disks.Count; index++)
        {
            ManagedDiskData disk = _request.Disks[index].Data;
            string part = _request.Disks[index].Lun is { } lun ? FormattableString.Invariant($"data{lun}") : "os";
            ResourceIdentifier snapshot = SnapshotResource.CreateResourceIdentifier(_group.SubscriptionId, _group.Name, _things.NameFor($"{part}-snapshot"));
            ResourceIdentifier copy = copies[index] = ManagedDiskResource.CreateResourceIdentifier(_group.SubscriptionId, _group.Name, _things.NameFor(part));
            yield return _things.CreateStep(
                $"Take a snapshot of disk '{disk.Name}'", snapshot, disk.Location, (tags, run) => CreateSnapshotAsync(disk, snapshot, tags, run), note: null, (disk.Id, "Microsoft.Compute/disks/beginGetAccess/action"));
            yield return _things.CreateStep("Create a disk of the snapshot", copy, disk.Location, (tags, run) => CreateDiskAsync(disk, snapshot, copy, tags, run), note: null);
        }

        (IReadOnlyList<Step> steps, ResourceIdentifier card) = CloneNetwork.Plan(_things, _group, _source.Location, _request.SubnetId);
        foreach (Step step in steps)
        {
            yield return step;
        }

        yield return _things.CreateStep(
            $"Start a clone of the {_source.Description}",
            Id,
            _source.Location,
            (tags, run) => CreateMachineAsync(copies, card, tags, run),
            _request.SubnetId is null
                ? "A second machine with the same name and identity, which reaches nothing, and nothing it. It has no extensions, and is billed while it is there."
                : $"A second machine with the same name and identity, in the subnet '{_request.SubnetId.Name}': what it does there is done under the name of the first. It has no extensions, and is billed while it is there.",
            (card, "Microsoft.Network/networkInterfaces/join/action"));
    }

    private Step TwinStep() => new(async run =>
    {
        IReadOnlyList<string> found;
        GeneralizationState state;
        try
        {
            CancellationToken cancellation = run.Cancellation;
            (found, state) = await GuestDisks.ReadAsync(
                _session, _request.SourceDisk, guest => (TwinCheck.Find(guest), GuestVerdict.Judge(guest, cancellation).State), run.Context).ConfigureAwait(false);
        }
        catch (Exception unreadable) when (unreadable is EvidenceUnavailableException or DiskFormatException)
        {
            throw new ImageServiceException(
                "GuestNotRecognized",
                ErrorKind.NotSupported,
                $"The disk of the {_source.Description} does not tell whether a clone of it would do harm: {unreadable.Message}",
                "Capture it without -PreserveSource.",
                _source.Id.ToString(),
                unreadable);
        }

        if (found.Count > 0)
        {
            throw new ImageServiceException(
                "CloneRefused",
                ErrorKind.NotSupported,
                $"The {_source.Description} is {string.Join(", and ", found)}: a second machine with its identity can do harm that nothing undoes.",
                "Build the image on a machine that has no such role.",
                _source.Id.ToString());
        }

        if (state is GeneralizationState.Generalized or GeneralizationState.PartlyGeneralized)
        {
            throw new ImageServiceException(
                "GuestGeneralized",
                ErrorKind.InvalidState,
                $"The guest of the {_source.Description} {(state == GeneralizationState.Generalized ? "is generalized already" : "was generalized half")}: a clone would not start as the machine it is.",
                state == GeneralizationState.Generalized ? "Capture it without -PreserveSource: nothing is lost." : "Go back to a copy from before.",
                _source.Id.ToString());
        }
    })
    {
        Title = "Judge by the OS disk whether the machine may have a clone for a while",
        Effect = StepEffect.Creates,
        Target = $"a snapshot of OS disk '{_source.OsDisk.Name}', deleted again",
        OnFailure = FailureAction.Undo,
        Undo = _ => Task.FromResult(false),
        Note = "A domain controller, a cluster's node or a SQL Server of availability groups ends it here.",
    };

    private async Task CreateGroupAsync(IReadOnlyDictionary<string, string> tags, StepRun run)
    {
        ResourceGroupData data = new(_source.Location);
        TemporaryThings.Apply(data.Tags, tags);
        ResourceGroupCollection groups = _session.Arm.GetSubscriptionResource(SubscriptionResource.CreateResourceIdentifier(_group.SubscriptionId)).GetResourceGroups();
        ArmOperation<ResourceGroupResource> operation = await groups.CreateOrUpdateAsync(WaitUntil.Started, _group.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }

    private async Task CreateSnapshotAsync(ManagedDiskData disk, ResourceIdentifier id, IReadOnlyDictionary<string, string> tags, StepRun run)
    {
        SnapshotData data = new(disk.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk.Id },
            Incremental = true,
            Sku = new SnapshotSku { Name = SnapshotStorageAccountType.StandardLrs },
            Encryption = EncryptionOf(disk),
            NetworkAccessPolicy = disk.NetworkAccessPolicy,
            DiskAccessId = disk.DiskAccessId,
            PublicNetworkAccess = disk.PublicNetworkAccess,
        };
        TemporaryThings.Apply(data.Tags, tags);
        ArmOperation<SnapshotResource> operation = await Group().GetSnapshots().CreateOrUpdateAsync(WaitUntil.Started, id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }

    // What a copy inherits where nothing is said is not documented whole: what the image is made by is said.
    private async Task CreateDiskAsync(ManagedDiskData disk, ResourceIdentifier snapshot, ResourceIdentifier id, IReadOnlyDictionary<string, string> tags, StepRun run)
    {
        ManagedDiskData data = new(disk.Location)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = snapshot },
            Sku = disk.Sku,
            OSType = disk.OSType,
            HyperVGeneration = disk.HyperVGeneration,
            PurchasePlan = disk.PurchasePlan,
            SupportedCapabilities = disk.SupportedCapabilities,
            Encryption = EncryptionOf(disk),
            NetworkAccessPolicy = disk.NetworkAccessPolicy,
            DiskAccessId = disk.DiskAccessId,
            PublicNetworkAccess = disk.PublicNetworkAccess,
        };
        foreach (string zone in disk.Zones)
        {
            data.Zones.Add(zone);
        }

        TemporaryThings.Apply(data.Tags, tags);
        ArmOperation<ManagedDiskResource> operation = await Group().GetManagedDisks().CreateOrUpdateAsync(WaitUntil.Started, id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
    }

    private async Task CreateMachineAsync(IReadOnlyList<ResourceIdentifier> copies, ResourceIdentifier card, IReadOnlyDictionary<string, string> tags, StepRun run)
    {
        VirtualMachineData data = new(_source.Location)
        {
            HardwareProfile = new VirtualMachineHardwareProfile { VmSize = _model.HardwareProfile?.VmSize },
            SecurityProfile = _model.SecurityProfile,
            Plan = _model.Plan,
            LicenseType = _model.LicenseType,
            NetworkProfile = new VirtualMachineNetworkProfile(),
            StorageProfile = new VirtualMachineStorageProfile { DiskControllerType = _model.StorageProfile.DiskControllerType },
        };
        data.NetworkProfile.NetworkInterfaces.Add(new VirtualMachineNetworkInterfaceReference { Id = card, Primary = true });
        foreach (string zone in _model.Zones)
        {
            data.Zones.Add(zone);
        }

        for (int index = 0; index < copies.Count; index++)
        {
            ClonedDisk disk = _request.Disks[index];
            VirtualMachineManagedDisk managed = new() { Id = copies[index] };
            if (disk.Lun is { } lun)
            {
                data.StorageProfile.DataDisks.Add(new VirtualMachineDataDisk(lun, DiskCreateOptionType.Attach) { ManagedDisk = managed, Caching = disk.Caching });
            }
            else
            {
                data.StorageProfile.OSDisk = new VirtualMachineOSDisk(DiskCreateOptionType.Attach)
                {
                    ManagedDisk = managed,
                    Caching = disk.Caching,
                    OSType = _source.IsWindows ? SupportedOperatingSystemType.Windows : SupportedOperatingSystemType.Linux,
                };
            }
        }

        TemporaryThings.Apply(data.Tags, tags);
        ArmOperation<VirtualMachineResource> operation = await Group().GetVirtualMachines().CreateOrUpdateAsync(WaitUntil.Started, Id.Name, data, run.Cancellation).ConfigureAwait(false);
        await OperationWaiter.WaitAsync(operation, run.Context).ConfigureAwait(false);
        await WaitForAgentAsync(run.Context).ConfigureAwait(false);
    }

    private async Task WaitForAgentAsync(OperationContext context)
    {
        LookTimeout timeout = new(StartTimeout, context.Time);
        while (!(await GuestMachine.ReadAsync(_session, new GeneralizationRequest { VMId = Id.ToString() }, context).ConfigureAwait(false)).IsAgentReady)
        {
            if (timeout.IsOver())
            {
                throw new ImageServiceException(
                    "CloneNotReady",
                    ErrorKind.Timeout,
                    FormattableString.Invariant($"The clone of the {_source.Description} was started, and its agent has not reported in {StartTimeout.TotalMinutes} minutes."),
                    "Look whether the machine's agent is well and starts with it, and whether it starts from its disk alone.",
                    _source.Id.ToString());
            }

            await context.Time.Delay(_session.BetweenLooks(PollInterval), context.Cancellation).ConfigureAwait(false);
        }
    }

    private static DiskEncryption? EncryptionOf(ManagedDiskData disk)
        => disk.Encryption?.DiskEncryptionSetId is { } set ? new DiskEncryption { DiskEncryptionSetId = set, EncryptionType = disk.Encryption.EncryptionType } : null;

    private ResourceGroupResource Group() => _session.Arm.GetResourceGroupResource(_group);
}

/// <summary>How a machine is cloned.</summary>
internal sealed record CloneRequest
{
    /// <summary>How the machine's OS disk is read.</summary>
    public required RemoteDiskRequest SourceDisk { get; init; }

    /// <summary>The disks that are copied, the OS disk first.</summary>
    public required IReadOnlyList<ClonedDisk> Disks { get; init; }

    /// <summary>The resource group for what is temporary; null for one of its own.</summary>
    public string? TemporaryResourceGroupName { get; init; }

    /// <summary>The subnet for the clone; null for a network of its own that leads nowhere.</summary>
    public ResourceIdentifier? SubnetId { get; init; }

    /// <summary>Tags for everything that is made.</summary>
    public IReadOnlyDictionary<string, string>? Tag { get; init; }
}

/// <summary>One of the disks that are copied.</summary>
/// <param name="Data">The disk.</param>
/// <param name="Lun">Its number among the data disks; null for the OS disk.</param>
/// <param name="Caching">How the machine caches it.</param>
internal sealed record ClonedDisk(ManagedDiskData Data, int? Lun, CachingType? Caching);
