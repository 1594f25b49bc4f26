using AzImageTools.Services.Plans;
using AzImageTools.Services.Provision;
using AzImageTools.Services.Tests.Capture;
using Azure.ResourceManager.Compute;

namespace AzImageTools.Services.Tests.Flows;

/// <summary>Machines of images, and test boots.</summary>
internal static class ProvisionFlows
{
    private const string Machine = "New-AzImageVM";

    public static IEnumerable<Flow> All =>
    [
        new("machine of an image", async run =>
        {
            MachineRequest request = new()
            {
                Name = run.Own("made"),
                ResourceGroupName = SandboxSession.Group,
                Source = Version(run),
                UserName = "admin1",
                SshPublicKeys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFNhbmRib3hTYW5kYm94U2FuZGJveFNhbmRib3gx me@here"],
            };
            return await PlanRunner.RunAsync(await new MachineService(run.Session).PlanAsync(request, run.Context), run.Context);
        })
        {
            Cmdlet = Machine,
        },
        new("machine of a disk", async run =>
        {
            MachineRequest request = new()
            {
                Name = run.Own("made"),
                ResourceGroupName = SandboxSession.Group,
                Source = $"{run.Group.Id}/providers/Microsoft.Compute/disks/{run.Own("copy")}",
            };
            return await PlanRunner.RunAsync(await new MachineService(run.Session).PlanAsync(request, run.Context), run.Context);
        })
        {
            Cmdlet = Machine,
            Prepare = TransferFlows.MakeSourcesAsync,
            Share = 2,
        },
        new("test boot", async run =>
        {
            ImageBootResult result = await PlanRunner.RunAsync(await new ImageBootService(run.Session).PlanAsync(new ImageBootRequest { Source = Version(run) }, run.Context), run.Context);

            // How long it took differs from run to run.
            return new { result.Verdict, result.Cause, Stages = string.Join(' ', result.Stages.Select(stage => stage.Name)) };
        })
        {
            Cmdlet = "Test-AzImageBoot",
        },
    ];

    private static string Version(FlowRun run)
        => GalleryImageVersionResource.CreateResourceIdentifier(run.Session.Context.SubscriptionId, SandboxSession.Group, SandboxSession.Gallery, "ubuntu", "1.0.0").ToString();
}
