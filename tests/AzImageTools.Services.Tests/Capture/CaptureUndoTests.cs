using System.Net;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>What is left of an image whose making broke off after the service had begun it.</summary>
public sealed class CaptureUndoTests
{
    private const string ImageName = "captured";
    private const int MostTries = 12;

    [Fact]
    public async Task A_managed_image_that_was_being_made_is_deleted_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CancelOnceMade(sandbox, "/Microsoft.Compute/images/");

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.CaptureAsync(ManagedImage));

        Assert.Contains("Undone: managed image 'captured'", cancelled.Message, StringComparison.Ordinal);
        Assert.False(await sandbox.HasImageAsync(ImageName));
    }

    [Fact]
    public async Task A_version_that_was_being_made_is_deleted_again_and_its_definition_after_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CancelOnceMade(sandbox, "/versions/");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.CaptureAsync(new CaptureRequest
        {
            VMName = SandboxSession.LinuxVM,
            VMResourceGroupName = SandboxSession.Group,
            GalleryName = SandboxSession.Gallery,
            GalleryImageDefinitionName = "golden",
        }));

        Assert.Equal(
            ["1.0.0", "golden"],
            sandbox.Wire.Changes.Where(change => change.Method == "DELETE").Select(change => change.Path.Split('/')[^1]));
        Assert.DoesNotContain(sandbox.Log.Warnings, warning => warning.Contains("by hand", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_tag_of_the_user_s_with_the_run_s_name_does_not_hide_what_the_run_made()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CancelOnceMade(sandbox, "/Microsoft.Compute/images/");

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => sandbox.CaptureAsync(ManagedImage with { Tag = new Dictionary<string, string> { [RunTag.Name] = "mine" } }));

        Assert.False(await sandbox.HasImageAsync(ImageName));
    }

    [Theory(Timeout = 120_000)]
    [InlineData(2, true)]
    [InlineData(int.MaxValue, false)]
    public async Task Deleting_what_the_service_is_still_busy_with_is_tried_again_for_a_while(int conflicts, bool isGone)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        int tries = 0;
        CancelOnceMade(sandbox, "/Microsoft.Compute/images/", request => request.Method == HttpMethod.Delete && tries++ < conflicts
            ? new HttpResponseMessage(HttpStatusCode.Conflict) { Content = new StringContent("""{"error":{"code":"OperationNotAllowed","message":"It is being created."}}""") }
            : null);

        OperationCanceledException cancelled = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.CaptureAsync(ManagedImage).WaitAsync(TestContext.Current.CancellationToken));

        sandbox.Wire.Instead = null;
        Assert.Equal(isGone ? conflicts + 1 : MostTries, tries);
        Assert.Equal(!isGone, await sandbox.HasImageAsync(ImageName));
        Assert.Equal(!isGone, cancelled.Message.Contains("remove by hand", StringComparison.Ordinal));
    }

    private static CaptureRequest ManagedImage => new()
    {
        VMName = SandboxSession.LinuxVM,
        VMResourceGroupName = SandboxSession.Group,
        ImageName = ImageName,
        NoBackup = true,
    };

    /// <summary>Cancels when the service is asked how far it is with what a PUT began.</summary>
    private static void CancelOnceMade(SandboxSession sandbox, string path, Func<HttpRequestMessage, HttpResponseMessage?>? then = null)
    {
        bool isBegun = false;
        sandbox.Wire.Instead = request =>
        {
            if (isBegun && request.Method == HttpMethod.Get && !sandbox.Cancellation.IsCancellationRequested)
            {
                sandbox.Cancellation.Cancel();
            }

            isBegun |= request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains(path, StringComparison.OrdinalIgnoreCase);
            return then?.Invoke(request);
        };
    }
}
