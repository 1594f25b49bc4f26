using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Capture;

public sealed class CaptureServiceTests
{
    private const string ImageName = "captured";

    [Fact]
    public async Task A_running_Windows_machine_is_refused_before_anything_happens()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.WindowsVM)));
        Assert.Equal("VMNotStopped", failure.ErrorId);
        Assert.Contains("-AllowRunning", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_running_Windows_machine_is_captured_where_that_is_allowed_with_a_warning()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.WindowsVM) with { AllowRunning = true });
        Assert.Equal("Succeeded", image.ProvisioningState);
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("is running", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stopped_Windows_machine_becomes_a_managed_image_with_its_data_disk()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.StopAsync(SandboxSession.WindowsVM);

        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.WindowsVM) with { Tag = new Dictionary<string, string> { ["team"] = "web" } });

        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.WindowsVM);
        Assert.Equal($"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Compute/images/{ImageName}", image.Id);
        Assert.Equal(ImageName, image.Name);
        Assert.Equal(SandboxSession.Group, image.ResourceGroupName);
        Assert.Equal(sandbox.Session.Context.SubscriptionId, image.SubscriptionId);
        Assert.Equal(vm.Data.Location.Name, image.Location);
        Assert.Equal([image.Location], image.TargetRegions);
        Assert.Equal(ImageKind.ManagedImage, image.ImageKind);
        Assert.Equal(ImageType.VmImage, image.ImageType);
        Assert.Equal(OsState.Generalized, image.OsState);
        Assert.Equal("Windows", image.OsType);
        Assert.Equal(vm.Data.InstanceView.HyperVGeneration.ToString(), image.HyperVGeneration);
        Assert.Equal(vm.Id.ToString(), image.SourceId, ignoreCase: true);
        Assert.Equal(1, image.DataDiskCount);
        Assert.Equal("Succeeded", image.ProvisioningState);

        string[] statuses = await sandbox.StatusesOfAsync(SandboxSession.WindowsVM);
        Assert.Contains("OSState/generalized", statuses);
        Assert.Contains("PowerState/deallocated", statuses);
        Assert.Equal(await sandbox.SnapshotsAsync(), image.SnapshotIds);
        Assert.Single(image.SnapshotIds);
        DiskImageResource stored = await sandbox.ResourceGroup.GetDiskImageAsync(ImageName);
        Assert.Equal("web", stored.Data.Tags["team"]);
        Assert.Matches("^[0-9a-f]{16}$", stored.Data.Tags["azimagetools-run"]);
    }

    [Fact]
    public async Task The_requests_come_in_order_and_have_the_documented_shapes()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.StopAsync(SandboxSession.WindowsVM);
        await sandbox.CaptureAsync(ManagedImage(SandboxSession.WindowsVM));
        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.WindowsVM);

        Assert.Equal(
            ["PUT snapshots", "POST deallocate", "POST generalize", "PUT images"],
            sandbox.Wire.Changes.Select(change => $"{change.Method} {(change.Method == "PUT" ? change.Path.Split('/')[^2] : change.Path.Split('/')[^1])}"));

        // snapshotExamples/Snapshot_Create_ByCopyingASnapshot..., imageExamples/Image_CreateFromAVM of the published API.
        JsonNode snapshot = JsonNode.Parse(sandbox.Wire.Body("/snapshots/"))!;
        Assert.Equal("Copy", (string?)snapshot["properties"]!["creationData"]!["createOption"]);
        Assert.Equal(vm.Data.StorageProfile.OSDisk.ManagedDisk.Id.ToString(), (string?)snapshot["properties"]!["creationData"]!["sourceResourceId"], ignoreCase: true);
        Assert.True((bool)snapshot["properties"]!["incremental"]!);
        JsonNode image = JsonNode.Parse(sandbox.Wire.Body("/images/"))!;
        Assert.Equal(vm.Id.ToString(), (string?)image["properties"]!["sourceVirtualMachine"]!["id"], ignoreCase: true);
        Assert.Equal("V2", (string?)image["properties"]!["hyperVGeneration"]);
        Assert.Null(image["properties"]!["storageProfile"]);
    }

    [Fact]
    public async Task An_OS_image_leaves_the_data_disk_out()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.StopAsync(SandboxSession.WindowsVM);
        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.WindowsVM) with { ImageType = ImageType.OsImage });

        VirtualMachineResource vm = await sandbox.GetVMAsync(SandboxSession.WindowsVM);
        Assert.Equal(ImageType.OsImage, image.ImageType);
        Assert.Equal(0, image.DataDiskCount);
        Assert.Equal(vm.Data.StorageProfile.OSDisk.ManagedDisk.Id.ToString(), image.SourceId, ignoreCase: true);
        Assert.Equal(OsState.Generalized, image.OsState);
    }

    [Fact]
    public async Task A_running_Linux_machine_is_captured()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM));
        Assert.Equal("Linux", image.OsType);
        Assert.Contains("PowerState/deallocated", await sandbox.StatusesOfAsync(SandboxSession.LinuxVM));
    }

    [Fact]
    public async Task Without_backup_there_is_no_snapshot()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM) with { NoBackup = true });
        Assert.Empty(image.SnapshotIds);
        Assert.Empty(await sandbox.SnapshotsAsync());
    }

    [Fact]
    public async Task A_Trusted_Launch_machine_is_refused_for_a_managed_image_before_anything_happens()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.TrustedLaunchVM) with { AllowRunning = true }));
        Assert.Equal("SecurityTypeNeedsGallery", failure.ErrorId);
        Assert.Contains("-GalleryName", failure.Remedy, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_plan_only_reads_and_tells_what_it_would_do()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Plan<CapturedImage> plan = await new CaptureService(sandbox.Session).PlanAsync(ManagedImage(SandboxSession.LinuxVM), sandbox.Context);

        Assert.Empty(sandbox.Wire.Changes);
        Assert.Equal(
            ["Back up the OS disk", "Deallocate the virtual machine", "Mark the virtual machine as generalized", "Create the image from the virtual machine 'linux-vm' in resource group 'sandbox-rg'"],
            plan.Steps.Select(step => step.Title));
        Assert.Equal([StepEffect.Creates, StepEffect.Changes, StepEffect.Changes, StepEffect.Creates], plan.Steps.Select(step => step.Effect));
        Assert.Contains("Remove-AzSnapshot", plan.Steps[0].Note, StringComparison.Ordinal);
        Assert.Equal("Capture to managed image 'captured' in resource group 'sandbox-rg': virtual machine 'linux-vm' in resource group 'sandbox-rg'", plan.Describe()[0]);
        Assert.Equal(5, plan.Describe().Count);
    }

    [Fact]
    public async Task An_image_that_is_there_already_is_an_error()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM));
        sandbox.Wire.Changes.Clear();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.WindowsVM) with { AllowRunning = true }));
        Assert.Equal("ImageAlreadyExists", failure.ErrorId);
        Assert.Equal(ErrorKind.AlreadyExists, failure.Kind);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_generalized_machine_is_captured_again_without_the_steps_that_are_done()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        CapturedImage first = await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM));
        sandbox.Wire.Changes.Clear();

        CapturedImage second = await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM) with { ImageName = "again" });

        Assert.Equal("again", second.Name);
        Assert.Equal(first.SnapshotIds, second.SnapshotIds);
        Assert.Single(sandbox.Wire.Changes);
    }

    [Theory]
    [InlineData("no-such-vm", ImageName, SandboxSession.Group, ErrorKind.NotFound)]
    [InlineData(SandboxSession.LinuxVM, ImageName, "no-such-group", ErrorKind.NotFound)]
    [InlineData(SandboxSession.LinuxVM, null, SandboxSession.Group, ErrorKind.InvalidArgument)]
    [InlineData("../../x", ImageName, SandboxSession.Group, ErrorKind.InvalidArgument)]
    public async Task What_is_missing_or_misnamed_is_an_error_before_anything_happens(string vm, string? image, string group, ErrorKind kind)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(
            () => sandbox.CaptureAsync(ManagedImage(vm) with { ImageName = image, ResourceGroupName = group }));
        Assert.Equal(kind, failure.Kind);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task Another_region_than_the_machine_s_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM) with { Location = "East Asia" }));
        Assert.Equal("LocationMismatch", failure.ErrorId);
    }

    [Fact]
    public async Task A_failure_after_generalizing_keeps_the_snapshot_and_tells_the_way_back()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/images/", StringComparison.Ordinal) ? Refuse() : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM)));

        string snapshot = Assert.Single(await sandbox.SnapshotsAsync());
        Assert.Equal("Invented", failure.ErrorId);
        Assert.Contains("can't be undone", failure.Message, StringComparison.Ordinal);
        Assert.Contains(snapshot, failure.Message, StringComparison.Ordinal);
        Assert.Contains(failure.Kept, kept => kept.Contains("snapshot", StringComparison.Ordinal));
        Assert.Empty(failure.NotUndone);
        Assert.False(await sandbox.HasImageAsync(ImageName));

        // The same command continues with the generalized machine.
        sandbox.Wire.Instead = null;
        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM));
        Assert.Equal([snapshot], image.SnapshotIds);
    }

    [Fact]
    public async Task A_failure_before_generalizing_takes_the_snapshot_away_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request => request.RequestUri!.AbsolutePath.EndsWith("/deallocate", StringComparison.Ordinal) ? Refuse() : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM)));

        Assert.Single(failure.Undone);
        Assert.Empty(await sandbox.SnapshotsAsync());
        Assert.DoesNotContain("OSState/generalized", await sandbox.StatusesOfAsync(SandboxSession.LinuxVM));
        Assert.DoesNotContain("can't be undone", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_takes_the_snapshot_away_again()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request =>
        {
            if (request.RequestUri!.AbsolutePath.EndsWith("/deallocate", StringComparison.Ordinal))
            {
                sandbox.Cancellation.Cancel();
            }

            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM)));
        Assert.Empty(await sandbox.SnapshotsAsync());
    }

    [Fact]
    public async Task What_cannot_be_undone_is_reported()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request =>
            request.RequestUri!.AbsolutePath.EndsWith("/deallocate", StringComparison.Ordinal) || request.Method == HttpMethod.Delete ? Refuse() : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM)));

        Assert.Contains("snapshot", Assert.Single(failure.NotUndone), StringComparison.Ordinal);
        Assert.Single(sandbox.Log.Warnings);
        Assert.Contains("May be changed, or still be changing: the power state", failure.Message, StringComparison.Ordinal);

        // The next run knows what the one before left.
        sandbox.Wire.Instead = null;
        string leftover = Assert.Single(await sandbox.SnapshotsAsync());
        CapturedImage image = await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM));
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains(leftover, StringComparison.Ordinal));
        Assert.DoesNotContain(leftover, image.SnapshotIds);
    }

    [Fact]
    public async Task An_image_of_another_run_is_not_deleted_by_the_undo()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Plan<CapturedImage> late = await new CaptureService(sandbox.Session).PlanAsync(ManagedImage(SandboxSession.WindowsVM) with { AllowRunning = true, NoBackup = true }, sandbox.Context);
        await sandbox.CaptureAsync(ManagedImage(SandboxSession.LinuxVM));
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains("/images/", StringComparison.Ordinal) ? Refuse() : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => PlanRunner.RunAsync(late, sandbox.Context));

        Assert.Empty(failure.Undone);
        Assert.True(await sandbox.HasImageAsync(ImageName));
    }

    private static CaptureRequest ManagedImage(string vm) => new()
    {
        VMName = vm,
        VMResourceGroupName = SandboxSession.Group,
        ImageName = ImageName,
    };

    private static HttpResponseMessage Refuse() => new(HttpStatusCode.BadRequest)
    {
        Content = new StringContent("""{"error":{"code":"Invented","message":"Refused by the test."}}""", System.Text.Encoding.UTF8, "application/json"),
    };
}
