using System.Net;
using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Services.Tests.Capture;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Provision;

/// <summary>Requests for machines in the sandbox.</summary>
internal static class Machines
{
    public const string Ubuntu = "Canonical:ubuntu-24_04-lts:server:latest";
    public const string WindowsServer = "MicrosoftWindowsServer:WindowsServer:2022-datacenter-g2:latest";
    public const string Rocky = "cognosys:rocky-linux-9:rocky-linux-9:1.2024.1204";
    public const string PasswordText = "C0rrect-Horse-Battery";

    public static MachineRequest Linux(string source = Ubuntu, string name = "made") => new()
    {
        Name = name,
        ResourceGroupName = SandboxSession.Group,
        Source = source,
        UserName = "admin1",
        SshPublicKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hTYW5kYm94U2FuZGJveFNhbmRib3gx me@here"],
    };

    public static MachineRequest Windows(string source = WindowsServer, string name = "made") => new()
    {
        Name = name,
        ResourceGroupName = SandboxSession.Group,
        Source = source,
        UserName = "admin1",
        Password = new NetworkCredential(string.Empty, PasswordText).SecurePassword,
    };

    public static string VersionId(SandboxSession sandbox, string definition = "ubuntu", string version = "1.0.0")
        => GalleryImageVersionResource.CreateResourceIdentifier(sandbox.Session.Context.SubscriptionId, SandboxSession.Group, SandboxSession.Gallery, definition, version).ToString();

    public static async Task<ImageVM> MakeAsync(this SandboxSession sandbox, MachineRequest request)
        => await PlanRunner.RunAsync(await new MachineService(sandbox.Session).PlanAsync(request, sandbox.Context), sandbox.Context);

    /// <summary>What planning a machine is refused with; nothing was changed.</summary>
    public static async Task<ImageServiceException> RefusedAsync(this SandboxSession sandbox, MachineRequest request)
    {
        sandbox.Wire.Changes.Clear();
        ImageServiceException refusal = await Assert.ThrowsAnyAsync<ImageServiceException>(() => new MachineService(sandbox.Session).PlanAsync(request, sandbox.Context));
        Assert.Empty(sandbox.Wire.Changes);
        return refusal;
    }

    /// <summary>The resources of a group, as the cloud's own list tells them.</summary>
    public static async Task<string[]> ResourcesAsync(this SandboxSession sandbox)
    {
        List<string> names = [];
        await foreach (Azure.ResourceManager.Resources.GenericResource resource in sandbox.ResourceGroup.GetGenericResourcesAsync())
        {
            names.Add($"{resource.Id.ResourceType.Type}/{resource.Id.Name}");
        }

        return [.. names.Order(StringComparer.Ordinal)];
    }
}
