using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Compute/locations/runCommands: the commands that can be run by name.</summary>
internal sealed class RunCommandDocuments(ArmStore store)
{
    private const string Type = "Microsoft.Compute/locations/runCommands";

    private static readonly RunCommandDocument[] All =
    [
        new("EnableRemotePS", IsWindows: true, "Enable remote PowerShell", "Enable remote PowerShell"),
        new("IPConfig", IsWindows: true, "List IP configuration", "Shows detailed information for the IP address, subnet mask and default gateway for each adapter bound to TCP/IP."),
        new("RunPowerShellScript", IsWindows: true, "Executes a PowerShell script", "Custom multiline PowerShell script should be defined in script property. Optional parameters can be set in parameters property."),
        new("RunShellScript", IsWindows: false, "Executes a Linux shell script", "Custom multiline shell script should be defined in script property. Optional parameters can be set in parameters property."),
        new("ifconfig", IsWindows: false, "List network configuration", "Get the configuration of all network interfaces."),
    ];

    public static RunCommandDocument? Find(string id) => Array.Find(All, document => JsonReading.Same(document.Id, id));

    /// <returns>The answer; null where the path is not this type's.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        if (!JsonReading.Same(request.Type, Type))
        {
            return null;
        }

        if (!request.HasName)
        {
            return ListPage.Of(request, store.Cloud.Options, All.Select(Describe), document => document.Text("id")!);
        }

        var found = Find(request.Names[1]) ?? throw new ArmException(HttpStatusCode.NotFound, "NotFound", "The entity was not found: no run command document '" + request.Names[1] + "'.");
        var full = Describe(found);
        full["script"] = new JsonArray(found.IsWindows ? "param(" : "#!/bin/sh");
        full["parameters"] = new JsonArray();
        return ArmReply.Ok(full);
    }

    private static JsonObject Describe(RunCommandDocument document) => new JsonObject
    {
        ["$schema"] = "http://schema.management.azure.com/schemas/2016-11-17/runcommands.json",
        ["id"] = document.Id,
        ["osType"] = document.IsWindows ? "Windows" : "Linux",
        ["label"] = document.Label,
        ["description"] = document.Description,
    };
}

/// <summary>A command that can be run by name.</summary>
internal sealed record RunCommandDocument(string Id, bool IsWindows, string Label, string Description);
