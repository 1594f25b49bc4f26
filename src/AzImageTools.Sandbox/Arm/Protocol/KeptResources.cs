using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Storage;
using AzImageTools.Sandbox.Storage.Keeping;

namespace AzImageTools.Sandbox.Arm.Protocol;

/// <summary>
/// All that Resource Manager holds: groups, resources with their pages and what opens them, operations that have ended. An operation that had not
/// ended when it was kept has failed, and so has what it was making: what it still had to do is not known any more.
/// </summary>
internal sealed class KeptResources(ArmStore store) : IKeptPart
{
    public string Name => "resourceManager";

    public JsonNode Save()
    {
        var pages = new Dictionary<string, PageBlob>(StringComparer.Ordinal);
        var root = new JsonObject
        {
            ["groups"] = new JsonArray([.. store.Subscriptions.SelectMany(subscription => subscription.Groups.Select(group => new JsonObject
            {
                ["subscription"] = subscription.Id,
                ["name"] = group.Key,
                ["document"] = group.Value.DeepClone(),
            }))]),
            ["resources"] = new JsonArray([.. store.All.Select(resource => Save(resource, pages))]),
            ["grants"] = new JsonArray([.. store.Cloud.Grants.Where(grant => grant.Value.Expires > store.Cloud.Now).Select(grant => Save(grant.Key, grant.Value, pages))]),
            ["operations"] = new JsonArray([.. store.Operations.Values.Select(Save)]),
        };
        root["pages"] = KeptJson.Save(pages.Values.Select(KeptBlob.Of).ToArray());
        return root;
    }

    public void Load(JsonNode saved)
    {
        var pages = KeptJson.Load<KeptBlob[]>(saved["pages"])
            .ToDictionary(blob => blob.Pages.File, blob => (PageBlob)blob.Open(store.Cloud.Folder), StringComparer.Ordinal);
        foreach (var group in saved["groups"]!.AsArray())
        {
            var subscription = store.Subscriptions.FirstOrDefault(known => JsonReading.Same(known.Id, (string?)group!["subscription"]))
                ?? throw new InvalidDataException("A resource group is of no subscription.");
            var document = (JsonObject)group!["document"]!.DeepClone();

            // One that was being deleted is still whole: its resources go at the end of the operation, which has failed.
            document.Child("properties")["provisioningState"] = "Succeeded";
            subscription.Groups.Add((string)group["name"]!, document);
        }

        foreach (var resource in saved["resources"]!.AsArray())
        {
            store.Add(LoadResource(resource!, pages));
        }

        foreach (var grant in saved["grants"]!.AsArray())
        {
            store.Cloud.Grants.Add((string)grant!["key"]!, LoadGrant(grant, pages));
        }

        foreach (var operation in saved["operations"]!.AsArray())
        {
            var loaded = LoadOperation(operation!);
            store.Operations.Add(loaded.Id, loaded);
        }
    }

    private static string Refer(PageBlob blob, Dictionary<string, PageBlob> pages)
    {
        var name = Path.GetFileName(blob.Data.Path);
        pages[name] = blob;
        return name;
    }

    private static JsonObject Save(ArmResource resource, Dictionary<string, PageBlob> pages)
    {
        var saved = new JsonObject { ["id"] = resource.Id, ["document"] = resource.Document.DeepClone() };
        if (resource.Disks.Count > 0)
        {
            saved["disks"] = new JsonObject(resource.Disks.Select(
                disk => new KeyValuePair<string, JsonNode?>(disk.Key.ToString(CultureInfo.InvariantCulture), Refer(disk.Value, pages))));
        }

        if (resource.GuestState is { } state)
        {
            saved["guestState"] = Refer(state, pages);
        }

        if (resource.Grants.Count > 0)
        {
            saved["grants"] = new JsonArray([.. resource.Grants.Select(grant => (JsonNode)grant)]);
        }

        if (resource.Operation is { IsDone: false } || (resource.Machine is null && resource.Background.Exists(operation => !operation.IsDone)))
        {
            saved["isUnderWay"] = true;
        }

        foreach (var extra in ResourceExtra.All)
        {
            if (extra.Save(resource) is { } value)
            {
                saved[extra.Name] = value;
            }
        }

        return saved;
    }

    private static ArmResource LoadResource(JsonNode saved, Dictionary<string, PageBlob> pages)
    {
        var id = ResourceId.TryParse((string)saved["id"]!) ?? throw new InvalidDataException("A resource's id is none.");
        var resource = new ArmResource(id, (JsonObject)saved["document"]!.DeepClone());
        foreach (var disk in saved["disks"] as JsonObject ?? [])
        {
            resource.Disks.Add(int.Parse(disk.Key, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), pages[(string)disk.Value!]);
        }

        if (saved["guestState"] is { } state)
        {
            resource.GuestState = pages[(string)state!];
        }

        resource.Grants.AddRange((saved["grants"] as JsonArray ?? []).Select(grant => (string)grant!));
        foreach (var extra in ResourceExtra.All)
        {
            if (saved[extra.Name] is { } value)
            {
                extra.Load(resource, value);
            }
        }

        if (saved.Flag("isUnderWay"))
        {
            resource.Properties["provisioningState"] = "Failed";
        }

        return resource;
    }

    private static JsonObject Save(string key, DiskGrant grant, Dictionary<string, PageBlob> pages) => new()
    {
        ["key"] = key,
        ["pages"] = Refer(grant.Pages, pages),
        ["signature"] = grant.Signature,
        ["canWrite"] = grant.CanWrite,
        ["expires"] = grant.Expires,
        ["needsToken"] = grant.NeedsToken,
        ["disk"] = grant.DiskId,
    };

    private static DiskGrant LoadGrant(JsonNode saved, Dictionary<string, PageBlob> pages)
        => new(pages[(string)saved["pages"]!], (string)saved["signature"]!, (bool)saved["canWrite"]!, (DateTimeOffset)saved["expires"]!, (bool)saved["needsToken"]!) { DiskId = saved.Text("disk") };

    private static JsonObject Save(ArmOperation operation)
    {
        var saved = new JsonObject
        {
            ["id"] = operation.Id,
            ["location"] = operation.Location,
            ["kind"] = operation.Kind,
            ["started"] = operation.Started,
        };
        if (operation.Ended is { } ended)
        {
            saved["ended"] = ended;
        }

        if (operation.Error is { } error)
        {
            saved["status"] = (int)error.Status;
            saved["error"] = ArmReply.Describe(error);
        }
        else if (operation.IsDone && operation.Result() is { } result)
        {
            saved["result"] = result.DeepClone();
        }

        return saved;
    }

    private ArmOperation LoadOperation(JsonNode saved)
    {
        var result = saved["result"]?.DeepClone();
        var started = (DateTimeOffset)saved["started"]!;
        var operation = new ArmOperation((string)saved["location"]!, (string)saved["kind"]!, new OperationTime(store.Cloud.Options, started, TimeSpan.Zero))
        {
            Id = (string)saved["id"]!,
            Result = () => result,
        };
        var error = saved["error"] is { } told
            ? new ArmException((HttpStatusCode)(int)saved["status"]!, told.Text("code") ?? "", told.Text("message") ?? "", told.Text("target"))
            : saved["ended"] is null ? new ArmException(HttpStatusCode.Conflict, "OperationPreempted", "The sandbox ended before the operation did.") : null;
        operation.Restore((DateTimeOffset?)saved["ended"] ?? started, error);
        return operation;
    }
}
