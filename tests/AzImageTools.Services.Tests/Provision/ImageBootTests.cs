using System.Net;
using AzImageTools.Disks;
using AzImageTools.Readiness.Boot;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Generalize;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using AzImageTools.Services.Tests.Upload;
using AzImageTools.Services.Upload;
using AzImageTools.Services.Upload.Target;
using AzImageTools.TestKit;
using Azure;
using Azure.Core;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;
using Azure.ResourceManager.Resources;

namespace AzImageTools.Services.Tests.Provision;

public sealed class ImageBootTests
{
    private const string WestEurope = "westeurope";

    [Fact]
    public async Task A_good_image_comes_up_and_nothing_is_left()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        using TempFolder folder = new();
        string before = await EverythingAsync(sandbox);

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = Machines.VersionId(sandbox), OutputPath = folder.FullName });

        Assert.Equal((BootVerdict.Boots, null, "debian", "V2"), (result.Verdict, result.Cause, result.OsName, result.HyperVGeneration));
        Assert.Equal(["Network", "Create", "Agent", "Diagnostics", "Remove"], result.Stages.Select(stage => stage.Name));
        Assert.Contains("login:", File.ReadAllText(result.SerialLogPath!), StringComparison.Ordinal);
        Assert.Equal("BM"u8.ToArray(), File.ReadAllBytes(result.ScreenshotPath!)[..2]);
        Assert.Contains("PowerState/running", File.ReadAllText(result.InstanceViewPath!), StringComparison.Ordinal);
        Assert.Equal(before, await EverythingAsync(sandbox));
        Assert.Empty(Directory.Exists(sandbox.Session.RunFolder) ? Directory.GetFiles(sandbox.Session.RunFolder!) : []);
    }

    [Fact]
    public async Task An_image_with_data_disks_comes_up_and_nothing_of_them_is_left()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        GeneralizationRequest generalize = new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group, NoBackup = true };
        await PlanRunner.RunAsync(await new GeneralizationService(sandbox.Session).PlanAsync(generalize, sandbox.Context), sandbox.Context);
        CaptureRequest capture = new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group, ImageName = "with-data", NoBackup = true };
        string image = (await PlanRunner.RunAsync(await new CaptureService(sandbox.Session).PlanAsync(capture, sandbox.Context), sandbox.Context)).Id;
        Assert.Single((await sandbox.ResourceGroup.GetDiskImageAsync("with-data")).Value.Data.StorageProfile.DataDisks);
        string before = await EverythingAsync(sandbox);

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = image });

        Assert.Equal((BootVerdict.Boots, null), (result.Verdict, result.Cause));
        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Fact]
    public async Task The_machine_lies_in_a_group_of_its_own_without_an_address_or_a_way_out()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope, Tag = new Dictionary<string, string> { ["cost"] = "42" } });

        Assert.Equal(BootVerdict.Boots, result.Verdict);
        Assert.Contains("\"defaultOutboundAccess\":false", sandbox.Wire.Body("virtualNetworks/"), StringComparison.Ordinal);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("publicIPAddresses", StringComparison.OrdinalIgnoreCase));
        (string Method, string Path, string Body)[] puts = [.. sandbox.Wire.Changes.Where(change => change.Method == "PUT")];
        Assert.Equal(5, puts.Length);
        Assert.All(puts, put =>
        {
            Assert.Contains($"azimagetools-boot-{result.RunId}", put.Path, StringComparison.Ordinal);
            Assert.Contains("\"cost\":\"42\"", put.Body, StringComparison.Ordinal);
            Assert.Contains("azimagetools-lease", put.Body, StringComparison.Ordinal);
        });
    }

    [Fact]
    public async Task An_image_that_was_not_generalized_is_told()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ResourceIdentifier disk = (await sandbox.GetVMAsync(SandboxSession.LinuxVM)).Data.StorageProfile.OSDisk.ManagedDisk.Id!;
        string version = await PublishAsync(sandbox, "claims", disk);
        string before = await EverythingAsync(sandbox);

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = version });

        Assert.Equal((BootVerdict.DoesNotBoot, "NotGeneralized"), (result.Verdict, result.Cause));
        Assert.Contains("Sysprep", result.Remedy, StringComparison.Ordinal);
        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Fact]
    public async Task A_disk_of_the_wrong_generation_is_told_by_the_disk_itself()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        using TempFolder folder = new();
        ResourceIdentifier uploaded = await UploadAsync(sandbox, folder, "mbr-fixed.vhd", "V1", "Windows");

        // Whoever makes a disk may say of it what he likes.
        string disk = (await sandbox.CreateDiskAsync("mistaken", new ManagedDiskData(AzureLocation.WestEurope)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = uploaded },
            OSType = SupportedOperatingSystemType.Windows,
            HyperVGeneration = HyperVGeneration.V2,
        })).Id.ToString();
        string before = await EverythingAsync(sandbox);

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = disk });

        Assert.Equal((BootVerdict.DoesNotBoot, "WrongGeneration"), (result.Verdict, result.Cause));
        Assert.Contains(result.Causes, cause => cause.Id == "BootLoaderMissing");
        Assert.Equal(BootEvidenceSource.Disk, result.Causes[0].Source);
        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Fact]
    public async Task A_size_with_nvme_alone_is_refused_for_an_image_that_does_not_say_that_it_takes_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        ImageServiceException refusal = await Assert.ThrowsAsync<ImageServiceException>(() => new ImageBootService(sandbox.Session).PlanAsync(
            new ImageBootRequest { Source = Machines.VersionId(sandbox), Size = "Standard_D2s_v6" }, sandbox.Context));

        Assert.Equal("SizeControllerMismatch", refusal.ErrorId);
        Assert.Contains("NVMe", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_guest_without_a_driver_for_nvme_is_told_where_its_image_says_that_it_has_one()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        using TempFolder folder = new();
        string version = await PublishAsync(sandbox, "claims", await UploadAsync(sandbox, folder, "linux.vhd", "V2", "Linux"), takesNvme: true);

        Assert.Equal(BootVerdict.Boots, (await BootAsync(sandbox, new ImageBootRequest { Source = version, Size = "Standard_D2s_v5" })).Verdict);
        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = version, Size = "Standard_D2s_v6" });

        Assert.Equal((BootVerdict.DoesNotBoot, "NvmeDriverMissing"), (result.Verdict, result.Cause));
        Assert.Contains(result.Causes, cause => cause.Id == "RootNotFound");
    }

    [Theory]
    [InlineData(false, "RootNotFound")]
    [InlineData(true, "InaccessibleBootDevice")]
    public async Task A_guest_that_does_not_find_its_root_is_told(bool isWindows, string cause)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string before = await EverythingAsync(sandbox);
        Plan<ImageBootResult> plan = await PlanAsync(sandbox, new ImageBootRequest { Source = isWindows ? Machines.WindowsServer : Machines.Ubuntu, Location = WestEurope });
        sandbox.Cloud.SetGuestFate(MachineOf(sandbox, plan), GuestFate.DoesNotBoot);

        ImageBootResult result = await PlanRunner.RunAsync(plan, sandbox.Context);

        Assert.Equal((BootVerdict.DoesNotBoot, cause), (result.Verdict, result.Cause));
        Assert.Equal("Diagnosis", result.Stages[^2].Name);
        Assert.Empty(result.Problems);
        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Fact]
    public async Task An_agent_that_is_silent_is_told_within_the_time_given()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Plan<ImageBootResult> plan = await PlanAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope, Timeout = TimeSpan.FromMinutes(2) });
        sandbox.Cloud.SetGuestFate(MachineOf(sandbox, plan), GuestFate.AgentDies);

        ImageBootResult result = await PlanRunner.RunAsync(plan, sandbox.Context);

        Assert.Equal((BootVerdict.DoesNotBoot, "AgentSilent"), (result.Verdict, result.Cause));
    }

    [Fact]
    public async Task A_disk_is_booted_as_a_copy_and_stays_as_it_is()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string disk = (await sandbox.GetVMAsync(SandboxSession.LinuxVM)).Data.StorageProfile.OSDisk.ManagedDisk.Id!;
        string before = await EverythingAsync(sandbox);

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = disk });

        Assert.Equal((BootVerdict.Boots, disk), (result.Verdict, result.SourceId));
        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Fact]
    public async Task A_smoke_test_is_run_and_its_output_told()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        ImageBootRequest request = new() { Source = Machines.Ubuntu, Location = WestEurope, Script = "systemctl is-system-running", AllowOutboundAccess = true };

        ImageBootResult result = await BootAsync(sandbox, request);

        Assert.Equal(BootVerdict.Boots, result.Verdict);
        Assert.Contains("Script", result.Stages.Select(stage => stage.Name));
        Assert.Contains("\"defaultOutboundAccess\":true", sandbox.Wire.Body("virtualNetworks/"), StringComparison.Ordinal);
        Assert.DoesNotContain(sandbox.Log.Warnings, warning => warning.Contains("-AllowOutboundAccess", StringComparison.Ordinal));
        await PlanAsync(sandbox, request with { AllowOutboundAccess = false });
        Assert.Contains(sandbox.Log.Warnings, warning => warning.Contains("-AllowOutboundAccess", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_smoke_test_that_fails_is_a_verdict_of_its_own()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request => request.RequestUri!.AbsolutePath.EndsWith("/runCommand", StringComparison.Ordinal) ? new HttpResponseMessage(HttpStatusCode.Conflict) : null;

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope, Script = "exit 1" });

        Assert.Equal(BootVerdict.ScriptFailed, result.Verdict);
        Assert.Contains(result.Problems, problem => problem.StartsWith("Running the smoke test failed", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("networkSecurityGroups/")]
    [InlineData("virtualNetworks/")]
    [InlineData("networkInterfaces/")]
    [InlineData("virtualMachines/")]
    public async Task A_test_that_fails_midway_leaves_nothing(string at)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string before = await EverythingAsync(sandbox);
        sandbox.Wire.Instead = request => request.Method == HttpMethod.Put && request.RequestUri!.AbsolutePath.Contains(at, StringComparison.Ordinal)
            ? new HttpResponseMessage(HttpStatusCode.Forbidden) { Content = new StringContent("""{"error":{"code":"AuthorizationFailed","message":"No."}}""") }
            : null;

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => BootAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope }));

        Assert.Equal(ErrorKind.PermissionDenied, failure.Kind);
        Assert.Empty(failure.NotUndone);
        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Theory]
    [InlineData("PUT", "networkInterfaces/")]
    [InlineData("PUT", "virtualMachines/")]
    [InlineData("GET", "/instanceView")]
    [InlineData("POST", "/retrieveBootDiagnosticsData")]
    public async Task A_test_that_the_user_stops_leaves_nothing(string method, string at)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string before = await EverythingAsync(sandbox);
        sandbox.Wire.Instead = request =>
        {
            if (request.Method.Method == method && request.RequestUri!.AbsolutePath.Contains(at, StringComparison.Ordinal))
            {
                sandbox.Cancellation.Cancel();
            }

            return null;
        };

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => BootAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope }));

        Assert.Equal(before, await EverythingAsync(sandbox));
    }

    [Fact]
    public async Task What_a_killed_test_left_is_removed_by_the_next()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string before = await EverythingAsync(sandbox);
        bool isGone = false;
        sandbox.Wire.Instead = request => (isGone |= request.RequestUri!.AbsolutePath.EndsWith("/instanceView", StringComparison.Ordinal)) ? new HttpResponseMessage(HttpStatusCode.Forbidden) : null;
        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => BootAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope }));
        Assert.Single(failure.NotUndone);
        sandbox.Wire.Instead = null;
        Assert.NotEqual(before, await EverythingAsync(sandbox));

        ImageBootResult result = await BootAsync(sandbox, new ImageBootRequest { Source = Machines.Ubuntu, Location = WestEurope });

        Assert.Equal(BootVerdict.Boots, result.Verdict);
        Assert.True(before == await EverythingAsync(sandbox), string.Join('\n', sandbox.Log.Messages.Where(message => message.Contains("earlier run", StringComparison.Ordinal))));
    }

    private static Task<Plan<ImageBootResult>> PlanAsync(SandboxSession sandbox, ImageBootRequest request) => new ImageBootService(sandbox.Session).PlanAsync(request, sandbox.Context);

    private static async Task<ImageBootResult> BootAsync(SandboxSession sandbox, ImageBootRequest request) => await PlanRunner.RunAsync(await PlanAsync(sandbox, request), sandbox.Context);

    /// <summary>The id of the machine that a plan is going to make.</summary>
    private static string MachineOf(SandboxSession sandbox, Plan plan)
    {
        string target = plan.Steps.Single(step => step.Target.StartsWith("virtual machine", StringComparison.Ordinal) && step.Effect == StepEffect.Creates).Target;
        string[] names = target.Split('\'');
        return VirtualMachineResource.CreateResourceIdentifier(sandbox.Session.Context.SubscriptionId, names[3], names[1]).ToString();
    }

    /// <summary>A version of a disk, of a definition that says that it is generalized, whatever it is.</summary>
    private static async Task<string> PublishAsync(SandboxSession sandbox, string name, ResourceIdentifier disk, bool takesNvme = false)
    {
        GalleryResource gallery = await sandbox.ResourceGroup.GetGalleryAsync(SandboxSession.Gallery);
        GalleryImageData definition = new(AzureLocation.WestEurope)
        {
            OSType = SupportedOperatingSystemType.Linux,
            OSState = OperatingSystemStateType.Generalized,
            HyperVGeneration = HyperVGeneration.V2,
            Identifier = new GalleryImageIdentifier("Test", name, name),
        };
        if (takesNvme)
        {
            definition.Features.Add(new GalleryImageFeature { Name = "DiskControllerTypes", Value = "SCSI, NVMe" });
        }

        GalleryImageResource made = await OperationWaiter.WaitAsync(await gallery.GetGalleryImages().CreateOrUpdateAsync(WaitUntil.Started, name, definition), sandbox.Context);
        SnapshotResource snapshot = await OperationWaiter.WaitAsync(
            await sandbox.ResourceGroup.GetSnapshots().CreateOrUpdateAsync(
                WaitUntil.Started, $"{name}-source", new SnapshotData(AzureLocation.WestEurope) { CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = disk } }),
            sandbox.Context);
        GalleryImageVersionData version = new(AzureLocation.WestEurope)
        {
            StorageProfile = new GalleryImageVersionStorageProfile { OSDiskImage = new GalleryOSDiskImage { GallerySource = new GalleryDiskImageSource { Id = snapshot.Id } } },
        };
        return (await OperationWaiter.WaitAsync(await made.GetGalleryImageVersions().CreateOrUpdateAsync(WaitUntil.Started, "1.0.0", version), sandbox.Context)).Id.ToString();
    }

    private static async Task<ResourceIdentifier> UploadAsync(SandboxSession sandbox, TempFolder folder, string disk, string generation, string osType)
    {
        UploadRequest request = new()
        {
            Path = TestFile.Unpack($"disks/{disk}", folder),
            Target = new ManagedDiskTarget(SandboxSession.Group, "uploaded") { OsType = osType, HyperVGeneration = generation },
        };
        return new ResourceIdentifier((await Uploads.RunAsync(sandbox.Session, request, sandbox.Context)).Id);
    }

    /// <summary>All that there is in the subscription: groups, and resources in them.</summary>
    private static async Task<string> EverythingAsync(SandboxSession sandbox)
    {
        List<string> lines = [];
        await foreach (ResourceGroupResource group in sandbox.Session.Subscription.GetResourceGroups().GetAllAsync())
        {
            lines.Add(group.Id.ToString());
        }

        await foreach (GenericResource resource in sandbox.Session.Subscription.GetGenericResourcesAsync())
        {
            lines.Add(resource.Id.ToString());
        }

        return string.Join('\n', lines.Order(StringComparer.OrdinalIgnoreCase));
    }
}
