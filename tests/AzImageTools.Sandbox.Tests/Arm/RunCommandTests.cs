using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Configuration;
using AzImageTools.Sandbox.Guests;

namespace AzImageTools.Sandbox.Tests.Arm;

/// <summary>
/// The form of the action's result is that of learn.microsoft.com/azure/virtual-machines/{windows,linux}/run-command, of managed run commands that of
/// Azure/azure-rest-api-specs, virtualMachineRunCommand examples.
/// </summary>
public sealed class RunCommandTests : IDisposable
{
    private readonly SandboxClient _client = new();

    private MachineClient Windows => new(_client, "win-vm");

    private MachineClient Linux => new(_client, "linux-vm");

    public void Dispose()
    {
        _client.Dispose();
    }

    [Fact]
    public async Task An_action_on_windows_gives_output_and_errors_each_by_itself()
    {
        var operation = await Windows.Do("POST", "/runCommand", Script("RunPowerShellScript", "hostname"));
        Assert.Equal(
            ["ComponentStatus/StdOut/succeeded", "ComponentStatus/StdErr/succeeded"],
            operation["properties"]!["output"]!["value"]!.AsArray().Select(status => status!["code"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_action_on_linux_gives_both_in_one_message()
    {
        var operation = await Linux.Do("POST", "/runCommand", Script("RunShellScript", "hostname"));
        var status = Assert.Single(operation["properties"]!["output"]!["value"]!.AsArray())!;
        Assert.Equal("Enable succeeded: \n[stdout]\n\n[stderr]\n", status["message"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_command_of_the_other_system_or_on_a_stopped_machine_is_refused()
    {
        Assert.Equal("BadRequest", ErrorOf(await Windows.Do("POST", "/runCommand", Script("RunShellScript", "hostname"))));
        await Linux.Do("POST", "/deallocate");
        Assert.Equal("OperationNotAllowed", ErrorOf(await Linux.Do("POST", "/runCommand", Script("RunShellScript", "hostname"))));
        Assert.Equal("OperationNotAllowed", ErrorOf(await Linux.Do("PUT", "/runCommands/one", Managed("hostname"))));
        Assert.Equal("OperationNotAllowed", ErrorOf(await Linux.Do("PUT", "/extensions/one", Extension())));
    }

    [Fact]
    public async Task One_action_runs_at_a_time_and_a_stopped_machine_preempts_it()
    {
        using var client = new SandboxClient(new SandboxOptions { OperationPolls = 4 });
        var machine = new MachineClient(client, "linux-vm");
        using var first = await client.SendJson("POST", machine.Id + "/runCommand?" + MachineClient.Version, Script("RunShellScript", "sleep 60").ToJsonString());
        Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
        Assert.Equal("Conflict", ErrorOf(await machine.Do("POST", "/runCommand", Script("RunShellScript", "true"))));
        Assert.Equal("Succeeded", (await machine.Do("POST", "/powerOff"))["status"]!.GetValue<string>());
        using var answer = await client.Send("GET", first.Headers.GetValues("Azure-AsyncOperation").Single());
        Assert.Equal("OperationPreempted", ErrorOf(await SandboxClient.Json(answer)));
    }

    [Fact]
    public async Task A_managed_command_shows_its_execution_when_asked_for_and_keeps_its_secrets()
    {
        var body = Managed("hostname");
        body["properties"]!["runAsUser"] = "sandbox";
        body["properties"]!["runAsPassword"] = "Hidden-1234";
        body["properties"]!["protectedParameters"] = new JsonArray(new JsonObject { ["name"] = "key", ["value"] = "Hidden-5678" });
        Assert.Equal("Succeeded", (await Windows.Do("PUT", "/runCommands/one", body))["status"]!.GetValue<string>());
        var plain = await Windows.Get("/runCommands/one");
        Assert.Null(plain["properties"]!["instanceView"]);
        Assert.DoesNotContain("Hidden", plain.ToJsonString(), StringComparison.Ordinal);
        var view = (await Windows.Get("/runCommands/one", "&$expand=instanceView"))["properties"]!["instanceView"]!;
        Assert.Equal(("Succeeded", 0), (view["executionState"]!.GetValue<string>(), view["exitCode"]!.GetValue<int>()));
        Assert.Equal(["one"], (await Windows.Get("/runCommands"))["value"]!.AsArray().Select(item => item!["name"]!.GetValue<string>()));
    }

    [Fact]
    public async Task An_asynchronous_command_is_made_before_it_has_ended()
    {
        var body = Managed("Start-Sleep 60");
        body["properties"]!["asyncExecution"] = true;
        using var made = await _client.SendJson("PUT", Windows.Id + "/runCommands/one?" + MachineClient.Version, body.ToJsonString());
        var view = (await SandboxClient.Json(made))["properties"]!["instanceView"]!;
        Assert.Equal("Running", view["executionState"]!.GetValue<string>());
        for (var polls = 0; polls < 6; polls++)
        {
            await Windows.Get("/runCommands/one");
        }

        view = (await Windows.Get("/runCommands/one", "&$expand=instanceView"))["properties"]!["instanceView"]!;
        Assert.Equal("Succeeded", view["executionState"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_a_script_writes_is_appended_to_its_blobs_by_their_signatures()
    {
        _client.Cloud.SetGuestFate(Windows.Id, GuestFate.FailsOnAppPackage);
        var body = Managed("# AzImageTools guest script: sysprep 1");
        var expiry = DateTimeOffset.UtcNow.AddHours(1);
        body["properties"]!["outputBlobUri"] = _client.Cloud.CreateBlobSas("sandboximages", "vhds", "out.txt", "racw", expiry).AbsoluteUri;
        var errors = _client.Cloud.CreateBlobSas("sandboximages", "vhds", "errors.txt", "racw", expiry);
        body["properties"]!["errorBlobUri"] = errors.AbsoluteUri;
        for (var run = 0; run < 2; run++)
        {
            await Windows.Do("PUT", "/runCommands/one", body.DeepClone());
        }

        using var written = await _client.SendAs(null, "GET", errors.AbsoluteUri);
        Assert.Equal("AppendBlob", written.Headers.GetValues("x-ms-blob-type").Single());
        Assert.Equal(3, (await written.Content.ReadAsStringAsync()).Split("was installed for a user").Length);
        var document = (await Windows.Get("/runCommands/one", "&$expand=instanceView"))["properties"]!;
        Assert.DoesNotContain("sig=", document.ToJsonString(), StringComparison.Ordinal);
        Assert.EndsWith("/vhds/errors.txt", document["errorBlobUri"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_update_that_says_nothing_of_the_outputs_appends_to_the_same_blobs()
    {
        _client.Cloud.SetGuestFate(Windows.Id, GuestFate.FailsOnAppPackage);
        var body = Managed("# AzImageTools guest script: sysprep 1");
        var errors = _client.Cloud.CreateBlobSas("sandboximages", "vhds", "errors.txt", "racw", DateTimeOffset.UtcNow.AddHours(1));
        body["properties"]!["errorBlobUri"] = errors.AbsoluteUri;
        await Windows.Do("PUT", "/runCommands/one", body);
        for (var update = 0; update < 2; update++)
        {
            await Windows.Do("PATCH", "/runCommands/one", new JsonObject { ["properties"] = new JsonObject { ["timeoutInSeconds"] = 600 } });
        }

        using var written = await _client.SendAs(null, "GET", errors.AbsoluteUri);
        Assert.Equal(4, (await written.Content.ReadAsStringAsync()).Split("was installed for a user").Length);
        Assert.DoesNotContain("sig=", (await Windows.Get("/runCommands/one", "&$expand=instanceView")).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_output_that_may_not_be_written_is_told_and_the_script_has_run()
    {
        var body = Managed("hostname");
        body["properties"]!["outputBlobUri"] = _client.Cloud.CreateBlobSas("sandboximages", "vhds", "out.txt", "r", DateTimeOffset.UtcNow.AddHours(1)).AbsoluteUri;
        await Windows.Do("PUT", "/runCommands/one", body);
        var view = (await Windows.Get("/runCommands/one", "&$expand=instanceView"))["properties"]!["instanceView"]!;
        Assert.Equal("Succeeded", view["executionState"]!.GetValue<string>());
        Assert.Contains("AuthorizationPermissionMismatch", view["executionMessage"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_is_not_there_and_a_timeout_that_is_too_long_are_refused()
    {
        var body = Managed("hostname");
        body["properties"]!["runAsUser"] = "nobody";
        Assert.Equal("InvalidParameter", ErrorOf(await Windows.Do("PUT", "/runCommands/one", body)));
        body = Managed("hostname");
        body["properties"]!["timeoutInSeconds"] = 5401;
        Assert.Equal("InvalidParameter", ErrorOf(await Windows.Do("PUT", "/runCommands/one", body)));
        body = Managed("hostname");
        body["properties"]!.AsObject().Remove("source");
        Assert.Equal("InvalidParameter", ErrorOf(await Windows.Do("PUT", "/runCommands/one", body)));
    }

    [Fact]
    public async Task Nothing_runs_without_an_agent()
    {
        _client.Cloud.SetGuestFate(Linux.Id, GuestFate.AgentDies);
        await Linux.Do("POST", "/restart");
        Assert.Equal("Not Ready", await Linux.Agent());
        Assert.Equal("VMAgentStatusCommunicationError", ErrorOf(await Linux.Do("POST", "/runCommand", Script("RunShellScript", "hostname"))));
        Assert.Equal("VMAgentStatusCommunicationError", ErrorOf(await Linux.Do("PUT", "/runCommands/one", Managed("hostname"))));
        Assert.Equal("VMAgentStatusCommunicationError", ErrorOf(await Linux.Do("PUT", "/extensions/one", Extension())));
    }

    [Fact]
    public async Task Extensions_are_listed_with_the_machine_and_go_with_it()
    {
        Assert.Equal("Succeeded", (await Linux.Do("PUT", "/extensions/script", Extension()))["status"]!.GetValue<string>());
        var machine = await Linux.Get("", "&$expand=instanceView");
        Assert.Equal("CustomScript", machine["resources"]![0]!["properties"]!["type"]!.GetValue<string>());
        Assert.DoesNotContain("Hidden", machine.ToJsonString(), StringComparison.Ordinal);
        Assert.Equal("Microsoft.Azure.Extensions.CustomScript", machine["properties"]!["instanceView"]!["vmAgent"]!["extensionHandlers"]![0]!["type"]!.GetValue<string>());
        Assert.Equal("script", machine["properties"]!["instanceView"]!["extensions"]![0]!["name"]!.GetValue<string>());
        await Linux.Do("DELETE", "");
        using var gone = await _client.Send("GET", Linux.Id + "/extensions/script?" + MachineClient.Version);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
    }

    [Fact]
    public async Task The_documents_of_commands_are_listed()
    {
        var path = $"/subscriptions/{_client.Cloud.SubscriptionId}/providers/Microsoft.Compute/locations/westeurope/runCommands";
        using var listed = await _client.Send("GET", path + "?" + MachineClient.Version);
        Assert.Contains((await SandboxClient.Json(listed))["value"]!.AsArray(), item => item!["id"]!.GetValue<string>() == "RunPowerShellScript");
        using var one = await _client.Send("GET", path + "/RunShellScript?" + MachineClient.Version);
        Assert.Equal("Linux", (await SandboxClient.Json(one))["osType"]!.GetValue<string>());
    }

    private static string ErrorOf(JsonNode answer)
    {
        return answer["error"]!["code"]!.GetValue<string>();
    }

    private static JsonObject Script(string command, string line)
    {
        return new JsonObject { ["commandId"] = command, ["script"] = new JsonArray(line) };
    }

    private static JsonObject Managed(string script)
    {
        return new JsonObject { ["location"] = "westeurope", ["properties"] = new JsonObject { ["source"] = new JsonObject { ["script"] = script } } };
    }

    private static JsonObject Extension()
    {
        return new JsonObject
        {
            ["location"] = "westeurope",
            ["properties"] = new JsonObject
            {
                ["publisher"] = "Microsoft.Azure.Extensions",
                ["type"] = "CustomScript",
                ["typeHandlerVersion"] = "2.1",
                ["protectedSettings"] = new JsonObject { ["commandToExecute"] = "echo Hidden-1234" },
            },
        };
    }
}
