using System.Text.Json.Nodes;
using AzImageTools.Disks;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Guests;
using AzImageTools.Services.Capture;
using AzImageTools.Services.Images;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Services.Session;
using AzImageTools.Services.Tests.Capture;
using Azure.ResourceManager.Compute;
using Azure.ResourceManager.Compute.Models;

namespace AzImageTools.Services.Tests.Provision;

public sealed class MachineServiceTests
{
    [Fact]
    public async Task A_machine_of_the_marketplace_lies_in_a_private_network_of_its_own()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string[] before = await sandbox.ResourcesAsync();

        ImageVM machine = await sandbox.MakeAsync(Machines.Linux());

        Assert.Equal(("made", "Succeeded", "running", "TrustedLaunch", "V2", "Linux"), (machine.Name, machine.ProvisioningState, machine.PowerState, machine.SecurityType, machine.HyperVGeneration, machine.OsType));
        Assert.StartsWith("10.250.0.", machine.PrivateIPAddress, StringComparison.Ordinal);
        Assert.Equal("Canonical:ubuntu-24_04-lts:server:24.04.202502210", machine.SourceId);
        Assert.Equal(
            ["disks/made-os", "networkInterfaces/made-nic", "networkSecurityGroups/made-nsg", "virtualMachines/made", "virtualNetworks/made-vnet"],
            (await sandbox.ResourcesAsync()).Except(before));
        JsonNode subnet = JsonNode.Parse(sandbox.Wire.Body("virtualNetworks/made-vnet"))!["properties"]!["subnets"]![0]!["properties"]!;
        Assert.False((bool)subnet["defaultOutboundAccess"]!);
        Assert.EndsWith("networkSecurityGroups/made-nsg", (string)subnet["networkSecurityGroup"]!["id"]!, StringComparison.Ordinal);
        JsonNode rule = JsonNode.Parse(sandbox.Wire.Body("networkSecurityGroups/made-nsg"))!["properties"]!["securityRules"]![0]!["properties"]!;
        Assert.Equal(("Inbound", "Deny", "*"), ((string?)rule["direction"], (string?)rule["access"], (string?)rule["sourceAddressPrefix"]));
        Assert.DoesNotContain("publicIPAddress", sandbox.Wire.Body("networkInterfaces/made-nic"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_machine_joins_the_subnet_that_it_is_told_to()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string subnet = $"{sandbox.ResourceGroup.Id}/providers/Microsoft.Network/virtualNetworks/sandbox-vnet/subnets/default";

        ImageVM machine = await sandbox.MakeAsync(Machines.Linux() with { SubnetId = subnet });

        Assert.StartsWith("10.0.0.", machine.PrivateIPAddress, StringComparison.Ordinal);
        Assert.Equal(["networkInterfaces", "virtualMachines"], sandbox.Wire.Changes.Where(change => change.Method == "PUT").Select(change => change.Path.Split('/')[^2]));
    }

    [Fact]
    public async Task A_gallery_version_its_definition_a_managed_image_and_public_galleries_become_machines()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string version = Machines.VersionId(sandbox);
        CapturedImage captured = await CaptureAsync(sandbox);
        string[] sources =
        [
            version,
            version.Substring(0, version.LastIndexOf("/versions", StringComparison.Ordinal)),
            "/CommunityGalleries/sandboxcommunity-0a1b2c3d-0000-4000-8000-0000000000c0/Images/fedora-cloud/Versions/latest",
        ];
        for (int index = 0; index < sources.Length; index++)
        {
            ImageVM machine = await sandbox.MakeAsync(Machines.Linux(sources[index], $"made{index}"));
            Assert.Equal("Succeeded", machine.ProvisioningState);
            Assert.Equal(index < 2 ? version : sources[index], machine.SourceId);
        }

        ImageVM shared = await sandbox.MakeAsync(Machines.Windows("/SharedGalleries/0f0f0f0f-0000-4000-8000-0000000000d0-SHAREDGALLERY/Images/windows-baseline/Versions/1.0.0", "made-shared"));
        Assert.Equal("Windows", shared.OsType);
        Assert.Equal("V2", (await sandbox.MakeAsync(Machines.Windows(captured.Id, "made-captured"))).HyperVGeneration);
    }

    [Fact]
    public async Task A_specialized_disk_becomes_the_machines_own_and_needs_no_credential()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        VirtualMachineResource source = await sandbox.GetVMAsync(SandboxSession.LinuxVM);
        ManagedDiskResource copy = await sandbox.CreateDiskAsync("copied", new ManagedDiskData(Azure.Core.AzureLocation.WestEurope)
        {
            CreationData = new DiskCreationData(DiskCreateOption.Copy) { SourceResourceId = source.Data.StorageProfile.OSDisk.ManagedDisk.Id },
        });

        ImageVM machine = await sandbox.MakeAsync(new MachineRequest { Name = "made", ResourceGroupName = SandboxSession.Group, Source = copy.Id.ToString() });

        Assert.Equal((copy.Id.ToString(), "Succeeded"), (machine.OsDiskId, machine.ProvisioningState));
        Assert.DoesNotContain("osProfile", sandbox.Wire.Body("virtualMachines/made"), StringComparison.Ordinal);
        Assert.Equal("CredentialNotUsed", (await sandbox.RefusedAsync(Machines.Linux(copy.Id.ToString(), "other"))).ErrorId);
    }

    [Fact]
    public async Task Terms_are_accepted_only_when_the_user_says_so()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        MachineRequest request = Machines.Linux(Machines.Rocky);

        ImageServiceException refusal = await sandbox.RefusedAsync(request);
        Assert.Equal("TermsNotAccepted", refusal.ErrorId);
        Assert.Contains("legalterms", refusal.Message, StringComparison.Ordinal);

        ImageVM machine = await sandbox.MakeAsync(request with { AcceptTerms = true });
        Assert.Equal("V1", machine.HyperVGeneration);
        Plan<ImageVM> again = await new MachineService(sandbox.Session).PlanAsync(request with { Name = "again", AcceptTerms = true }, sandbox.Context);
        Assert.DoesNotContain("Accept", again.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Standard_Nonsense", "SizeNotFound")]
    [InlineData("Standard_A2_v2", "SizeGenerationMismatch")]
    [InlineData("Standard_D2ps_v5", "SizeArchitectureMismatch")]
    [InlineData("Standard_D2s_v6", "SizeControllerMismatch")]
    public async Task A_size_that_does_not_fit_is_refused_before_anything_is_made(string size, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        ImageServiceException refusal = await sandbox.RefusedAsync(Machines.Linux(Machines.VersionId(sandbox)) with { Size = size });

        Assert.Equal(errorId, refusal.ErrorId);
        Assert.Contains(size, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_size_that_the_region_or_the_zone_does_not_have_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        MachineRequest inWestUS = Machines.Linux() with { Size = "Standard_D2s_v7", Location = "westus2" };

        Assert.Equal("SizeNotInZone", (await sandbox.RefusedAsync(inWestUS with { Zone = "1" })).ErrorId);
        Assert.Equal("2", (await sandbox.MakeAsync(inWestUS with { Zone = "2" })).Zone);
        Assert.Equal("SizeRestricted", (await sandbox.RefusedAsync(inWestUS with { Location = "uksouth", Name = "other" })).ErrorId);
    }

    [Fact]
    public async Task The_quota_is_looked_at_before_anything_is_made()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync(new SandboxOptions { CoreQuota = 7 });

        ImageServiceException refusal = await sandbox.RefusedAsync(Machines.Linux() with { Size = "Standard_D2s_v5" });

        Assert.Equal("CoreQuotaExceeded", refusal.ErrorId);
        Assert.Equal("NoSizeFits", (await sandbox.RefusedAsync(Machines.Linux())).ErrorId);
    }

    [Fact]
    public async Task A_security_type_that_the_source_has_not_is_refused()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        Assert.Equal("SecurityTypeNotSupported", (await sandbox.RefusedAsync(Machines.Linux(Machines.VersionId(sandbox)) with { SecurityType = "TrustedLaunch" })).ErrorId);
        Assert.Equal("SecurityTypeNotSupported", (await sandbox.RefusedAsync(Machines.Linux() with { SecurityType = "ConfidentialVM" })).ErrorId);
        Assert.Equal("Standard", (await sandbox.MakeAsync(Machines.Linux() with { SecurityType = "Standard" })).SecurityType);
    }

    [Fact]
    public async Task Credentials_that_are_missing_are_asked_for()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        Assert.Equal("CredentialRequired", (await sandbox.RefusedAsync(Machines.Windows() with { Password = null })).ErrorId);
        Assert.Equal("CredentialRequired", (await sandbox.RefusedAsync(Machines.Linux() with { UserName = null })).ErrorId);
        Assert.Equal("CredentialNotUsed", (await sandbox.RefusedAsync(Machines.Windows() with { SshPublicKeys = ["ssh-rsa AAAA"] })).ErrorId);
        Assert.Equal("LicenseTypeMismatch", (await sandbox.RefusedAsync(Machines.Linux() with { LicenseType = "Windows_Server" })).ErrorId);
    }

    [Theory]
    [InlineData("nonsense", "SourceInvalid")]
    [InlineData("/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/sandbox-rg/providers/Microsoft.Compute/snapshots/x", "SourceInvalid")]
    [InlineData("https://sandboximages.blob.core.windows.net/vhds/a.vhd", "SourceInvalid")]
    [InlineData("/subscriptions/5a4db0c5-0000-4000-8000-000000000001/resourceGroups/sandbox-rg/providers/Microsoft.Compute/images/x", "SourceNotFound")]
    [InlineData("Canonical:ubuntu-24_04-lts:server:1.2.3", "SourceNotFound")]
    [InlineData("/CommunityGalleries/x/Images/y/Versions/1.0.0", "SourceNotFound")]
    public async Task What_no_machine_can_be_made_of_is_refused(string source, string errorId)
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();

        Assert.Equal(errorId, (await sandbox.RefusedAsync(Machines.Linux(source))).ErrorId);
    }

    [Fact]
    public async Task What_is_there_already_is_never_overwritten()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.MakeAsync(Machines.Linux());

        Assert.Equal("VMAlreadyExists", (await sandbox.RefusedAsync(Machines.Linux())).ErrorId);
        await OperationWaiter.WaitAsync(await (await sandbox.GetVMAsync("made")).DeleteAsync(Azure.WaitUntil.Started, forceDeletion: null), sandbox.Context);
        sandbox.Put($"{sandbox.ResourceGroup.Id}/providers/Microsoft.Network/networkSecurityGroups/made-nsg?api-version=2025-05-01", """{"location":"westeurope","tags":{"owner":"somebody"}}""");
        Assert.Equal("NetworkAlreadyExists", (await sandbox.RefusedAsync(Machines.Linux())).ErrorId);
        Assert.Equal(ErrorKind.AlreadyExists, (await sandbox.RefusedAsync(Machines.Linux())).Kind);
    }

    [Fact]
    public async Task What_an_interrupted_run_left_of_a_network_is_used()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        await sandbox.MakeAsync(Machines.Linux());
        await OperationWaiter.WaitAsync(await (await sandbox.GetVMAsync("made")).DeleteAsync(Azure.WaitUntil.Started, forceDeletion: null), sandbox.Context);

        ImageVM again = await sandbox.MakeAsync(Machines.Linux());

        Assert.Equal("Succeeded", again.ProvisioningState);
        Assert.EndsWith("/made-os-2", again.OsDiskId, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_machine_that_does_not_come_up_is_undone_with_all_that_was_made_for_it()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        string[] before = await sandbox.ResourcesAsync();
        sandbox.Cloud.SetGuestFate(VirtualMachineResource.CreateResourceIdentifier(sandbox.Session.Context.SubscriptionId, SandboxSession.Group, "made").ToString(), GuestFate.DoesNotBoot);

        PlanFailedException failure = await Assert.ThrowsAsync<PlanFailedException>(() => sandbox.MakeAsync(Machines.Windows()));

        Assert.Equal("OSProvisioningTimedOut", failure.ErrorId);
        Assert.Equal(4, failure.Undone.Count);
        Assert.Equal(before, await sandbox.ResourcesAsync());
    }

    [Fact]
    public async Task A_lock_is_told_before_anything_is_made()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        sandbox.Lock(sandbox.ResourceGroup.Id.ToString());

        Assert.Equal("ScopeLocked", (await sandbox.RefusedAsync(Machines.Linux())).ErrorId);
    }

    [Fact]
    public async Task A_password_reaches_the_machine_alone()
    {
        using SandboxSession sandbox = await SandboxSession.StartAsync();
        Plan<ImageVM> plan = await new MachineService(sandbox.Session).PlanAsync(Machines.Windows() with { LicenseType = "Windows_Server" }, sandbox.Context);

        ImageVM machine = await PlanRunner.RunAsync(plan, sandbox.Context);

        Assert.Contains(Machines.PasswordText, sandbox.Wire.Body("virtualMachines/made"), StringComparison.Ordinal);
        Assert.DoesNotContain(Machines.PasswordText, plan.ToString() + machine + string.Join('\n', sandbox.Log.Messages), StringComparison.Ordinal);
        Assert.DoesNotContain(Machines.PasswordText, Machines.Windows().ToString(), StringComparison.Ordinal);
    }

    /// <summary>A managed image of a Windows that was generalized inside.</summary>
    private static async Task<CapturedImage> CaptureAsync(SandboxSession sandbox)
    {
        VirtualMachineResource machine = await sandbox.GetVMAsync(SandboxSession.WindowsVM);
        RunCommandInput sysprep = new("RunPowerShellScript");
        sysprep.Script.Add("# AzImageTools guest script: sysprep 1");
        await OperationWaiter.WaitAsync(await machine.RunCommandAsync(Azure.WaitUntil.Started, sysprep), sandbox.Context);
        return await sandbox.CaptureAsync(new CaptureRequest { VMId = machine.Id.ToString(), ImageName = "captured" });
    }
}
