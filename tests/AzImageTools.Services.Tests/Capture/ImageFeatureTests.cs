using System.Text.Json.Nodes;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>What an image definition says that machines made of its versions can be.</summary>
public sealed class ImageFeatureTests
{
    private const string Definition = "golden";

    [Fact]
    public async Task A_new_definition_says_what_the_machine_and_its_disk_tell_of_themselves()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Tell(sandbox, controllers: "SCSI, NVMe", accelerated: true, hibernates: true);

        await sandbox.CaptureAsync(Request);

        JsonNode definition = Sent(sandbox, Definition);
        Assert.Equal("V2", (string?)definition["hyperVGeneration"]);
        Assert.Equal("x64", (string?)definition["architecture"]);
        Assert.Equal(["DiskControllerTypes=SCSI, NVMe", "IsAcceleratedNetworkSupported=True", "IsHibernateSupported=True"], Features(definition));
    }

    [Fact]
    public async Task A_machine_behind_NVMe_gives_an_image_for_both_controllers()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.AlterAt("/virtualMachines/win-vm", machine => machine["properties"]!["storageProfile"]!["diskControllerType"] = "NVMe");

        await sandbox.CaptureAsync(Request);

        Assert.Contains("DiskControllerTypes=SCSI, NVMe", Features(Sent(sandbox, Definition)));
    }

    [Fact]
    public async Task What_nobody_tells_is_left_to_Azure()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Tell(sandbox, controllers: null, accelerated: null, hibernates: false);

        await sandbox.CaptureAsync(Request);

        Assert.Null(Sent(sandbox, Definition)["features"]);
    }

    [Fact]
    public async Task What_is_asked_for_is_said_and_the_way_there_is_taken()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        CapturedImage image = await sandbox.CaptureAsync(Request with { SecurityType = "TrustedLaunchSupported", Nvme = true, AcceleratedNetworking = true, Hibernation = true });

        Assert.Equal(
            ["SecurityType=TrustedLaunchSupported", "DiskControllerTypes=SCSI, NVMe", "IsAcceleratedNetworkSupported=True", "IsHibernateSupported=True"],
            Features(Sent(sandbox, Definition)));
        Assert.Contains("/images/for-golden-1.0.0-", image.SourceId, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("generation", "HyperVGenerationMismatch")]
    [InlineData("architecture", "ArchitectureMismatch")]
    [InlineData("security", "ImageDefinitionMismatch")]
    [InlineData("confidential", "ImageDefinitionMismatch")]
    [InlineData("old security", "SecurityTypeNeedsGeneration2")]
    [InlineData("old NVMe", "NvmeNeedsGeneration2")]
    public async Task What_contradicts_the_machine_or_the_definition_is_refused_before_anything_happens(string what, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        if (what.StartsWith("old", StringComparison.Ordinal))
        {
            sandbox.Wire.AlterAt("/virtualMachines/win-vm", machine => machine["properties"]!["instanceView"]!["hyperVGeneration"] = "V1");
        }

        CaptureRequest request = what switch
        {
            "generation" => Request with { HyperVGeneration = "V1" },
            "architecture" => Request with { Architecture = "Arm64" },
            "security" => Request with { GalleryImageDefinitionName = "windows-server", SecurityType = "TrustedLaunchSupported" },
            "confidential" => Request with { SecurityType = "ConfidentialVM" },
            "old security" => Request with { SecurityType = "TrustedLaunchSupported" },
            _ => Request with { Nvme = true },
        };

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => sandbox.CaptureAsync(request));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    [Fact]
    public async Task A_definition_that_lacks_something_is_warned_of_with_the_way_out_and_left_as_it_is()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Tell(sandbox, controllers: "SCSI, NVMe", accelerated: true, hibernates: false);

        await sandbox.CaptureAsync(Request with { GalleryImageDefinitionName = "windows-server" });

        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.EndsWith("/images/windows-server", StringComparison.Ordinal));
        string warning = Assert.Single(sandbox.Log.Warnings, warning => warning.Contains("-UpdateDefinition", StringComparison.Ordinal));
        Assert.Contains("DiskControllerTypes=SCSI, NVMe", warning, StringComparison.Ordinal);
        Assert.Contains("from version 1.0.0 on", warning, StringComparison.Ordinal);
        Assert.DoesNotContain("Accelerated", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_definition_gets_what_it_lacks_where_that_is_asked_for_before_the_machine_is_changed()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Tell(sandbox, controllers: "SCSI, NVMe", accelerated: true, hibernates: true);
        CaptureRequest request = Request with { GalleryImageDefinitionName = "windows-server", UpdateDefinition = true };

        Plan<CapturedImage> plan = await new CaptureService(sandbox.Session).PlanAsync(request, sandbox.Context);
        Assert.Equal("Update the image definition", plan.Steps[1].Title);
        Assert.Equal("It gets DiskControllerTypes=SCSI, NVMe, IsHibernateSupported=True from version 1.0.0 on.", plan.Steps[1].Note);
        await PlanRunner.RunAsync(plan, sandbox.Context);

        JsonNode definition = Sent(sandbox, "windows-server");
        Assert.True((bool)definition["allowUpdateImage"]!);
        Assert.Equal(["DiskControllerTypes=SCSI, NVMe", "IsHibernateSupported=True"], Features(definition));
        Assert.All(definition["features"]!.AsArray(), feature => Assert.Equal("1.0.0", (string?)feature!["startsAtVersion"]));
        Assert.Equal("WindowsServer", (string?)definition["identifier"]!["offer"]);
        Assert.DoesNotContain(sandbox.Log.Warnings, warning => warning.Contains("-UpdateDefinition", StringComparison.Ordinal));

        // What it has now is not added again.
        sandbox.Wire.Changes.Clear();
        await sandbox.CaptureAsync(request);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.EndsWith("/images/windows-server", StringComparison.Ordinal));
    }

    private static CaptureRequest Request => new()
    {
        VMName = SandboxSession.WindowsVM,
        VMResourceGroupName = SandboxSession.Group,
        GalleryName = SandboxSession.Gallery,
        GalleryImageDefinitionName = Definition,
        AllowRunning = true,
    };

    private static void Tell(SandboxSession sandbox, string? controllers, bool? accelerated, bool hibernates) => sandbox.Wire.AlterAt("/disks/win-vm_OsDisk_1", disk =>
    {
        disk["properties"]!["supportedCapabilities"] = new JsonObject { ["architecture"] = "x64", ["diskControllerTypes"] = controllers, ["acceleratedNetwork"] = accelerated };
        disk["properties"]!["supportsHibernation"] = hibernates;
    });

    private static JsonNode Sent(SandboxSession sandbox, string definition)
        => JsonNode.Parse(sandbox.Wire.Changes.Single(change => change.Method == "PUT" && change.Path.EndsWith($"/images/{definition}", StringComparison.Ordinal)).Body)!["properties"]!;

    private static string[] Features(JsonNode definition) => [.. definition["features"]!.AsArray().Select(feature => $"{feature!["name"]}={feature["value"]}")];
}
