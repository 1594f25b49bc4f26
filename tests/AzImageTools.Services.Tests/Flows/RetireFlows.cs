using System.Text;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Retire;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>The ways in which versions of a gallery are changed, retired and brought back.</summary>
internal static class RetireFlows
{
    private static readonly string[] Numbers = ["2.0.0", "2.0.9", "2.0.10"];

    public static IEnumerable<Flow> All =>
    [
        new("version that is changed", async run => await PlanRunner.RunAsync(
            await new VersionChangeService(run.Session).PlanChangeAsync(Named(run) with { ExcludeFromLatest = true, ImageVersion = "2.0.9" }, run.Context), run.Context))
        {
            Cmdlet = "Set-AzImageVersion",
            Prepare = PublishAsync,
            IsRemovedAfterKill = _ => false,
        },
        new("versions that are retired", run => RetireAsync(run, waiting: null)) { Cmdlet = "Remove-AzStaleImageVersion", Prepare = PublishAsync, IsRemovedAfterKill = _ => false },
        new("versions that are retired in two steps", run => RetireAsync(run, TimeSpan.FromDays(30))) { Cmdlet = "Remove-AzStaleImageVersion", Prepare = PublishAsync, IsRemovedAfterKill = _ => false },
        new("version that is restored", async run => await PlanRunner.RunAsync(
            await new VersionChangeService(run.Session).PlanRestoreAsync(Named(run) with { ImageVersion = "2.0.9" }, run.Context), run.Context))
        {
            Cmdlet = "Restore-AzImageVersion",
            Prepare = DeleteSoftlyAsync,
            IsRemovedAfterKill = _ => false,
        },
    ];

    private static VersionChangeRequest Named(FlowRun run) => new()
    {
        ResourceGroupName = SandboxSession.Group,
        GalleryName = SandboxSession.Gallery,
        GalleryImageDefinitionName = run.Own("retired"),
    };

    private static async Task<object> RetireAsync(FlowRun run, TimeSpan? waiting)
    {
        StaleVersionRequest request = new()
        {
            ResourceGroupName = SandboxSession.Group,
            GalleryName = SandboxSession.Gallery,
            GalleryImageDefinitionName = run.Own("retired"),
            KeepNewest = 1,
            WaitingTime = waiting,
        };
        (IReadOnlyList<StaleImageVersion> kept, Plan<IReadOnlyList<StaleImageVersion>>? plan) = await new StaleVersionService(run.Session).PlanAsync(request, run.Context);
        if (plan is not null)
        {
            await PlanRunner.RunAsync(plan, run.Context);
        }

        // A run that another broke off before finds some of it done.
        return string.Join(", ", kept.Where(version => version.Name == "2.0.10").Select(version => version.Name));
    }

    private static async Task PublishAsync(FlowRun run)
    {
        GalleryResource gallery = (await run.Group.GetGalleryAsync(SandboxSession.Gallery)).Value;
        GalleryImageVersionData source = (await (await gallery.GetGalleryImageAsync("ubuntu")).Value.GetGalleryImageVersionAsync("1.0.0")).Value.Data;
        foreach (string name in new[] { "retired", "retired-beside" })
        {
            GalleryImageData definition = new(gallery.Data.Location)
            {
                OSType = SupportedOperatingSystemType.Linux,
                OSState = OperatingSystemStateType.Generalized,
                HyperVGeneration = HyperVGeneration.V2,
                Identifier = new GalleryImageIdentifier("Retire", "Flows", name),
            };
            GalleryImageResource made = await run.EndAsync(await gallery.GetGalleryImages().CreateOrUpdateAsync(WaitUntil.Started, name, definition));
            foreach (string number in Numbers)
            {
                GalleryImageVersionData version = new(gallery.Data.Location) { StorageProfile = new GalleryImageVersionStorageProfile { GallerySource = new GalleryArtifactVersionFullSource { Id = source.Id } } };
                await run.EndAsync(await made.GetGalleryImageVersions().CreateOrUpdateAsync(WaitUntil.Started, number, version));
            }
        }
    }

    /// <summary>Deletes a version of each definition, in a gallery that keeps what is deleted.</summary>
    private static async Task DeleteSoftlyAsync(FlowRun run)
    {
        await PublishAsync(run);
        using (HttpRequestMessage put = new(HttpMethod.Put, $"https://management.azure.com{run.Group.Id}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}?api-version=2024-03-03"))
        {
            put.Content = new StringContent("""{"location":"westeurope","properties":{"softDeletePolicy":{"isSoftDeleteEnabled":true}}}""", Encoding.UTF8, "application/json");
            await run.Cloud.SendAsync(put);
        }

        // What is under way ends by being looked at.
        _ = await run.Cloud.ListAsync();
        _ = await run.Cloud.ListAsync();

        foreach (string name in new[] { "retired", "retired-beside" })
        {
            await run.Cloud.DeleteAsync($"{run.Group.Id}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}/images/{name}/versions/2.0.9");
        }
    }
}
