using AzImageTools.Disks;
using AzImageTools.Services.Galleries;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Capture;
using Azure;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>The ways in which versions of a gallery are copied into another.</summary>
internal static class CopyFlows
{
    private const string Copies = "copies";

    public static IEnumerable<Flow> All =>
    [
        new("version that is copied", async run => await PlanRunner.RunAsync(await new VersionCopyService(run.Session, run.Session).PlanAsync(Request(run), run.Context), run.Context))
        {
            Cmdlet = "Copy-AzImageVersion",
            Prepare = MakeGalleryAsync,
        },
        new("versions that are copied in one go", CopyAllAsync) { Cmdlet = "Copy-AzImageVersion", Prepare = MakeGalleryAsync, Share = 2 },
    ];

    private static VersionCopyRequest Request(FlowRun run) => new()
    {
        SourceId = $"{run.Group.Id}/providers/Microsoft.Compute/galleries/{SandboxSession.Gallery}/images/ubuntu/versions/1.0.0",
        GalleryName = Copies,
        GalleryImageDefinitionName = run.Own("copied"),
        Sku = run.Own("copied"),
    };

    private static async Task<object> CopyAllAsync(FlowRun run)
    {
        VersionCopyService service = new(run.Session, run.Session);
        VersionCopyBatch batch = await VersionCopyBatch.PlanAsync([(service, Request(run)), (service, Request(run) with { ImageVersion = "1.0.1" })], run.Context);
        Exception? problem = batch.Refused is [Exception refused, ..] ? refused : null;
        List<CapturedImage> copies = [];
        try
        {
            await batch.RunAsync(
                waits: true,
                copy =>
                {
                    copies.Add(copy);
                    return Task.CompletedTask;
                },
                failure =>
                {
                    problem ??= failure;
                    return Task.CompletedTask;
                },
                run.Context);
        }
        catch (OperationCanceledException)
        {
            // What was emitted before, the user has.
            run.Log.Warning(string.Join(", ", copies.Select(copy => copy.Id)));
            throw;
        }

        if (problem is null)
        {
            return copies;
        }

        // Of those that were made the user gets the objects, beside the error.
        run.Log.Warning(string.Join(", ", copies.Select(copy => copy.Id)));
        throw new ImageServiceException("NotAll", ErrorKind.InvalidState, problem.Message, string.Empty, null, problem);
    }

    private static async Task MakeGalleryAsync(FlowRun run)
        => await run.EndAsync(await run.Group.GetGalleries().CreateOrUpdateAsync(WaitUntil.Started, Copies, new GalleryData(new Azure.Core.AzureLocation("westeurope"))));
}
