using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Tests.Generalize;

namespace AzImageTools.Services.Tests.Capture;

/// <summary>Captures by a clone: the machine is what it was, and nothing temporary is left, however it ends.</summary>
public sealed class PreservedCaptureTests
{
    [Theory]
    [InlineData(SandboxSession.WindowsVM, false)]
    [InlineData(SandboxSession.WindowsVM, true)]
    [InlineData(SandboxSession.LinuxVM, false)]
    [InlineData(SandboxSession.TrustedLaunchVM, true)]
    public async Task A_running_machine_becomes_an_image_and_runs_on_unchanged(string vm, bool intoGallery)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        IReadOnlyList<string> before = await ListAsync(sandbox);

        CapturedImage image = await CaptureAsync(sandbox, (intoGallery ? IntoGallery : Request) with { VMName = vm });

        Assert.Equal("Succeeded", image.ProvisioningState);
        Assert.Equal((await sandbox.GetVMAsync(vm)).Id.ToString(), image.SourceId);
        Assert.Equal(before, (await ListAsync(sandbox)).Where(line => !line.Contains("golden", StringComparison.Ordinal)));
        Assert.Contains("PowerState/running", await sandbox.StatusesOfAsync(vm));
        Assert.All(sandbox.Log.Warnings, warning => Assert.Contains("it stays open", warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Nothing_but_snapshots_is_ever_asked_of_the_machine_and_its_disks()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        await CaptureAsync(sandbox, Request);

        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("/win-vm", StringComparison.OrdinalIgnoreCase));
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("/extensions/", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task The_clone_is_in_a_network_of_its_own_that_leads_nowhere()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        await CaptureAsync(sandbox, Request);

        JsonNode subnet = JsonNode.Parse(sandbox.Wire.Body("/virtualNetworks/"))!["properties"]!["subnets"]![0]!["properties"]!;
        Assert.False((bool)subnet["defaultOutboundAccess"]!);
        JsonArray rules = JsonNode.Parse(sandbox.Wire.Body("/networkSecurityGroups/"))!["properties"]!["securityRules"]!.AsArray();
        Assert.Equal(["Inbound Deny", "Outbound Deny"], rules.Select(rule => $"{rule!["properties"]!["direction"]} {rule["properties"]!["access"]}"));
        Assert.DoesNotContain("publicIPAddress", sandbox.Wire.Body("/networkInterfaces/"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Everything_temporary_has_the_user_s_tags_and_lies_in_the_group_that_is_named()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Put($"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/scratch?api-version=2021-04-01", """{"location":"westeurope"}""");
        IReadOnlyList<string> before = await ListAsync(sandbox);

        await CaptureAsync(sandbox, Request with { TemporaryResourceGroupName = "scratch", Tag = new Dictionary<string, string> { ["cost"] = "42" } });

        (string Method, string Path, string Body)[] made = [.. sandbox.Wire.Changes.Where(change => change.Method == "PUT" && change.Path.Contains("azimagetools-clone", StringComparison.Ordinal))];
        Assert.NotEmpty(made);
        Assert.All(made, change => Assert.Contains("/resourceGroups/scratch/", change.Path, StringComparison.OrdinalIgnoreCase));
        Assert.All(made, change => Assert.Equal("42", (string?)JsonNode.Parse(change.Body)!["tags"]!["cost"]));
        Assert.Equal(before, (await ListAsync(sandbox)).Where(line => !line.Contains("golden", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_subnet_that_is_named_is_joined_and_told_in_the_plan()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string network = $"/subscriptions/{sandbox.Session.Context.SubscriptionId}/resourceGroups/{SandboxSession.Group}/providers/Microsoft.Network/virtualNetworks/office";
        sandbox.Put(
            $"{network}?api-version=2025-05-01",
            """{"location":"westeurope","properties":{"addressSpace":{"addressPrefixes":["10.1.0.0/24"]},"subnets":[{"name":"desks","properties":{"addressPrefix":"10.1.0.0/25"}}]}}""");
        CaptureRequest request = Request with { SubnetId = $"{network}/subnets/desks" };

        Plan<CapturedImage> plan = await new CaptureService(sandbox.Session).PlanAsync(request, sandbox.Context);
        await CaptureAsync(sandbox, request);

        Assert.Contains("in the subnet 'desks': what it does there is done under the name of the first", plan.ToString(), StringComparison.Ordinal);
        Assert.Contains("/virtualNetworks/office/subnets/desks", sandbox.Wire.Body("/networkInterfaces/"), StringComparison.Ordinal);
        Assert.DoesNotContain(sandbox.Wire.Changes, change => change.Path.Contains("azimagetools-clone", StringComparison.Ordinal) && change.Path.Contains("/virtualNetworks/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(SandboxSession.WindowsVM, GuestFate.FailsOnAppPackage, "SysprepFailed")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.Hangs, "GeneralizationTimedOut")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.StopsWithoutGeneralizing, "GuestNotGeneralized")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.AgentDies, "CloneNotReady")]
    [InlineData(SandboxSession.WindowsVM, GuestFate.DoesNotBoot, "CloneNotReady")]
    [InlineData(SandboxSession.LinuxVM, GuestFate.FailsOnAppPackage, "DeprovisionFailed")]
    [InlineData(SandboxSession.LinuxVM, GuestFate.StopsWithoutGeneralizing, "GuestNotGeneralized")]
    public async Task A_clone_that_ends_otherwise_goes_with_all_that_belongs_to_it(string vm, GuestFate fate, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Wire.Instead = request =>
        {
            string path = request.RequestUri!.AbsolutePath;
            if (request.Method == HttpMethod.Put && path.Contains("/virtualMachines/azimagetools-clone", StringComparison.OrdinalIgnoreCase) && !path.Contains("/runCommands/", StringComparison.OrdinalIgnoreCase))
            {
                sandbox.Cloud.SetGuestFate(path, fate);
            }

            return null;
        };
        IReadOnlyList<string> before = await ListAsync(sandbox);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => CaptureAsync(sandbox, Request with { VMName = vm }));

        Assert.Equal(errorId, failure.ErrorId);
        Assert.Equal(before, await ListAsync(sandbox));
    }

    [Fact]
    public async Task A_machine_that_is_generalized_already_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await PlanRunner.RunAsync(
            await new Services.Generalize.GeneralizationService(sandbox.Session).PlanAsync(new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group }, sandbox.Context), sandbox.Context);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => CaptureAsync(sandbox, Request));

        Assert.Equal("GuestGeneralized", failure.ErrorId);
    }

    [Fact]
    public async Task Where_the_cores_for_a_second_machine_are_used_up_nothing_is_begun()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { CoreQuota = 7 });

        ImageServiceException failure = await Assert.ThrowsAsync<ImageServiceException>(() => CaptureAsync(sandbox, Request));

        Assert.Equal("CoreQuotaExceeded", failure.ErrorId);
        Assert.Empty(sandbox.Wire.Changes);
    }

    private static CaptureRequest Request => new() { VMName = SandboxSession.WindowsVM, VMResourceGroupName = SandboxSession.Group, ImageName = "golden", PreserveSource = true };

    private static CaptureRequest IntoGallery => Request with { ImageName = null, GalleryName = SandboxSession.Gallery, GalleryImageDefinitionName = "golden" };

    private static async Task<CapturedImage> CaptureAsync(SandboxSession sandbox, CaptureRequest request)
    {
        OperationContext context = sandbox.Context with { Time = new PollingTime() };
        return await PlanRunner.RunAsync(await new CaptureService(sandbox.Session).PlanAsync(request, context), context);
    }

    /// <summary>All that there is, groups and networks among it.</summary>
    private static async Task<IReadOnlyList<string>> ListAsync(SandboxSession sandbox)
    {
        using HttpClient client = sandbox.CreateClient();
        List<string> lines = [.. await sandbox.ListCloudAsync()];
        string subscription = $"https://management.azure.com/subscriptions/{sandbox.Session.Context.SubscriptionId}";
        foreach (string path in new[] { "resourcegroups?api-version=2021-04-01", "resources?api-version=2021-04-01" })
        {
            JsonNode answer = JsonNode.Parse(await client.GetStringAsync(new Uri($"{subscription}/{path}")))!;
            lines.AddRange(answer["value"]!.AsArray().Select(item => (string)item!["id"]!));
        }

        return lines;
    }
}
