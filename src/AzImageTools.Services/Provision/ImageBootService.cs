using System.Globalization;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Session;
using AzImageTools.Services.Temporary;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Provision;

/// <summary>Boots throwaway machines of images and disks, to see whether they come up and why not.</summary>
/// <param name="session">The session.</param>
public sealed class ImageBootService(ImageSession session)
{
    private const string Purpose = "boot";
    private const string UserName = "azimagetools";

    /// <summary>Checks the request, the source and the size, and plans the test. Changes nothing.</summary>
    /// <param name="request">What to boot.</param>
    /// <param name="context">Log and cancellation.</param>
    /// <returns>The plan, for <see cref="PlanRunner"/>. That the machine does not come up is its result; what hinders the test itself is its failure. All it made is removed in either case.</returns>
    /// <exception cref="ImageServiceException">As of <see cref="MachineService.PlanAsync"/>.</exception>
    public async Task<Plan<ImageBootResult>> PlanAsync(ImageBootRequest request, OperationContext context)
    {
        RunTag.Check(request.Tag, TemporaryTags.Count);
        AzureLocation? asked = request.Location is { } text ? new AzureLocation(text) : (AzureLocation?)null;
        MachineSource source = await new MachineSourceReader(session, context).ReadAsync(request.Source, asked).ConfigureAwait(false);
        AzureLocation location = asked ?? (source.Regions is { Count: > 0 } all ? all[0] : (AzureLocation?)null) ?? throw new ImageServiceException(
            "LocationRequired", Disks.ErrorKind.InvalidArgument, $"Nothing tells in which region the {source.Description} is to be booted.", "Give -Location.", source.Id);
        if (source.Regions is { Count: > 0 } regions && !regions.Contains(location))
        {
            throw new ImageServiceException(
                "SourceNotInRegion", Disks.ErrorKind.InvalidArgument, $"The {source.Description} is in {string.Join(", ", regions.Select(region => region.Name))}, not in {location.Name}.", "Leave -Location out.", source.Id);
        }

        MachineSizes sizes = await MachineSizes.ReadAsync(session, location, context).ConfigureAwait(false);
        (MachineSize size, string securityType) = sizes.Choose(request.Size, source, request.SecurityType, source.Zone);
        Step? terms = await MarketplaceTerms.PlanAsync(session, source, request.AcceptTerms, context).ConfigureAwait(false);
        if (request is { Script: not null, AllowOutboundAccess: false })
        {
            context.Log.Warning("The machine has no way out, and Azure brings a script's output back over the internet: without -AllowOutboundAccess it may not come, and the smoke test then fails.");
        }

        string runId = RunTag.NewRunId();
        ResourceIdentifier group = ResourceGroupResource.CreateResourceIdentifier(session.Context.SubscriptionId, RunIdentity.NameFor(Purpose, runId));
        string name = string.Format(CultureInfo.InvariantCulture, "boot-{0}", runId.Substring(0, 8));
        ImageBootTest test = new(session, request, group, runId, Purpose);
        MachineNetwork network = new(session, group, location, name, subnet: null) { TagsOf = test.TagsOfAsync, UserTags = request.Tag, AllowsOutbound = request.AllowOutboundAccess, Undoes = false };
        NewMachine machine = new()
        {
            Id = VirtualMachineResource.CreateResourceIdentifier(group.SubscriptionId, group.Name, name),
            Location = location,
            Source = source,
            DiskId = source.DiskId is null ? null : ManagedDiskResource.CreateResourceIdentifier(group.SubscriptionId, group.Name, $"{name}-os"),
            Size = size,
            SecurityType = securityType,
            Zone = source.Zone,
            InterfaceId = network.InterfaceId,
            UserName = source.IsSpecialized ? null : UserName,
            Password = source.IsSpecialized ? null : ThrowawayPassword.Create(),
            IsThrowaway = true,
        };
        Step[] steps = [.. terms is null ? Array.Empty<Step>() : [terms], .. test.Steps(machine, network)];
        await Preflight.CheckAsync(session, steps, context).ConfigureAwait(false);
        return new Plan<ImageBootResult>("Boot a throwaway machine", $"{source.Description}, as {size.Name} in {location.Name}", steps, run => Task.FromResult(test.Result(run)));
    }
}
