using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using AzImageTools.Disks.Images;
using AzImageTools.Readiness;
using AzImageTools.Readiness.Guests;
using AzImageTools.Readiness.Rules;
using AzImageTools.Sandbox;
using AzImageTools.Sandbox.Guests;

namespace AzImageTools.Services.Tests.Guests;

/// <summary>The guests of the sandbox's machines as our own readers see them, in each state that they come into.</summary>
public sealed class GuestDiskTests : IDisposable
{
    private readonly SandboxCloud _cloud = new();
    private readonly HttpClient _http;

    public GuestDiskTests()
    {
        _http = new HttpClient(_cloud.CreateHandler());
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", "anything");
    }

    public void Dispose()
    {
        _http.Dispose();
        _cloud.Dispose();
    }

    [Theory]
    [InlineData("win-vm", "Windows Server 2022 Datacenter")]
    [InlineData("tl-vm", "Windows Server 2022 Datacenter")]
    [InlineData("linux-vm", "Debian GNU/Linux 12 (bookworm)")]
    public void A_machine_starts_with_a_guest_that_is_not_generalized(string machine, string name)
    {
        ReadinessReport report = Judge(machine);

        Assert.Equal(name, report.Guest?.Product);
        Assert.NotEqual(GeneralizationState.Generalized, report.Generalization);
        Assert.Empty(report.Problems);
    }

    [Theory]
    [InlineData("win-vm", "RunPowerShellScript", "sysprep", GuestFate.Succeeds, GeneralizationState.Generalized)]
    [InlineData("win-vm", "RunPowerShellScript", "sysprep", GuestFate.FailsOnAppPackage, GeneralizationState.NotGeneralized)]
    [InlineData("win-vm", "RunPowerShellScript", "sysprep", GuestFate.Hangs, GeneralizationState.PartlyGeneralized)]
    [InlineData("win-vm", "RunPowerShellScript", "sysprep", GuestFate.StopsWithoutGeneralizing, GeneralizationState.NotGeneralized)]
    [InlineData("linux-vm", "RunShellScript", "deprovision", GuestFate.Succeeds, GeneralizationState.Generalized)]
    public async Task What_a_guest_becomes_is_read_from_its_disk(string machine, string command, string script, GuestFate fate, GeneralizationState expected)
    {
        _cloud.SetGuestFate(Id("virtualMachines", machine), fate);
        JsonObject body = new() { ["commandId"] = command, ["script"] = new JsonArray($"# AzImageTools guest script: {script} 1") };
        using HttpResponseMessage started = await _http.PostAsync(
            new Uri("https://management.azure.com" + Id("virtualMachines", machine) + "/runCommand?api-version=2024-07-01"), new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json"));
        string operation = started.Headers.GetValues("Azure-AsyncOperation").Single();
        for (int polls = 0; polls < 2; polls++)
        {
            using HttpResponseMessage polled = await _http.GetAsync(new Uri(operation));
        }

        ReadinessReport report = Judge(machine);

        Assert.Equal(expected, report.Generalization);
        Assert.Empty(report.Problems);
    }

    private ReadinessReport Judge(string machine)
    {
        using OpenedImage image = OpenedImage.Open(_cloud.FindDiskFile(Id("disks", machine + "_OsDisk_1"))!);
        using OfflineGuest guest = OfflineGuest.Open(image);
        return ReadinessCheck.Run(guest);
    }

    private string Id(string type, string name) => $"/subscriptions/{_cloud.SubscriptionId}/resourceGroups/sandbox-rg/providers/Microsoft.Compute/{type}/{name}";
}
