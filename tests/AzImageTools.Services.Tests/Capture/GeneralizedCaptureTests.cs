using AzImageTools.Readiness.Rules;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Generalize;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>Captures that generalize the guest first.</summary>
public sealed class GeneralizedCaptureTests
{
    [Theory]
    [InlineData(SandboxSession.WindowsVM)]
    [InlineData(SandboxSession.LinuxVM)]
    public async Task A_running_machine_becomes_an_image_in_one_go(string vm)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        CapturedImage image = await CaptureAsync(sandbox, Request with { VMName = vm });

        Assert.Equal(await sandbox.SnapshotsAsync(), image.SnapshotIds);
        Assert.Contains("OSState/generalized", await sandbox.StatusesOfAsync(vm));
        Assert.Equal(GeneralizationState.Generalized, (await GeneralizeAsync(sandbox, vm)).Generalization);
    }

    [Fact]
    public async Task The_plan_tells_all_of_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        Plan<CapturedImage> plan = await new CaptureService(sandbox.Session).PlanAsync(Request with { GalleryName = SandboxSession.Gallery, ImageName = null, GalleryImageDefinitionName = "golden" }, sandbox.Context);

        Assert.Equal(
            [
                "Judge by the OS disk whether the guest is ready",
                "Gather in the guest what only the running machine shows",
                "Back up the OS disk",
                "Create the image definition",
                "Run Sysprep in the guest, and wait until it has stopped",
                "Judge by the OS disk whether the stopped guest is generalized",
                "Deallocate the virtual machine",
                "Mark the virtual machine as generalized",
                "Create the image version from the virtual machine 'win-vm' in resource group 'sandbox-rg'",
            ],
            plan.Steps.Select(step => step.Title));
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_guest_that_can_not_be_generalized_costs_neither_machine_nor_image()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Cloud.SetGuestFate((await sandbox.GetVMAsync(SandboxSession.WindowsVM)).Id.ToString(), GuestFate.FailsOnAppPackage);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => CaptureAsync(sandbox, Request));

        Assert.Equal("SysprepFailed", failure.ErrorId);
        Assert.Contains(Assert.Single(await sandbox.SnapshotsAsync()), failure.Message, StringComparison.Ordinal);
        Assert.False(await sandbox.HasImageAsync("golden"));
        string[] statuses = await sandbox.StatusesOfAsync(SandboxSession.WindowsVM);
        Assert.Contains("PowerState/running", statuses);
        Assert.DoesNotContain("OSState/generalized", statuses);
    }

    [Fact]
    public async Task A_capture_that_broke_off_behind_the_guest_s_stopping_goes_on_with_the_same_command()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await GeneralizeAsync(sandbox, SandboxSession.WindowsVM);
        sandbox.Wire.Changes.Clear();

        CapturedImage image = await CaptureAsync(sandbox, Request);

        Assert.Equal("Succeeded", image.ProvisioningState);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("/runCommands/", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task What_stays_specialized_is_not_generalized()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(
            () => CaptureAsync(sandbox, Request with { OsState = OsState.Specialized, GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = "golden" }));

        Assert.Equal("SpecializedNotGeneralized", failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    private static CaptureRequest Request => new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group, ImageName = "golden", Generalize = true };

    private static async Task<CapturedImage> CaptureAsync(SandboxSession sandbox, CaptureRequest request)
    {
        OperationContext context = sandbox.Context with { Time = new PollingTime() };
        return await PlanRunner.RunAsync(await new CaptureService(sandbox.Session).PlanAsync(request, context), context);
    }

    private static async Task<GeneralizationResult> GeneralizeAsync(SandboxSession sandbox, string vm)
    {
        OperationContext context = sandbox.Context with { Time = new PollingTime() };
        GeneralizationRequest request = new() { VMName = vm, VMResourceGroupName = SandboxSession.Group };
        return await PlanRunner.RunAsync(await new GeneralizationService(sandbox.Session).PlanAsync(request, context), context);
    }
}
