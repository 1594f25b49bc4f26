using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>Microsoft.Storage/storageAccounts.</summary>
internal sealed class StorageAccountsType(ArmStore store, OperationReplies operations) : ResourceType(store, operations)
{
    private static readonly Regex NameRule = new("^[a-z0-9]{3,24}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    public override string Type => "Microsoft.Storage/storageAccounts";

    protected override bool IsDeletedAtOnce => true;

    /// <summary>Adds what the service tells of an account, and its blob endpoint.</summary>
    public void Complete(ArmResource account)
    {
        var properties = account.Properties;
        properties["provisioningState"] = "Succeeded";
        properties["primaryEndpoints"] = new JsonObject { ["blob"] = "https://" + account.Name + ".blob.core.windows.net/" };
        properties["primaryLocation"] = account.Location;
        properties["statusOfPrimary"] = "available";
        properties["supportsHttpsTrafficOnly"] ??= true;
        properties["isHnsEnabled"] ??= false;
        account.Document["kind"] ??= "StorageV2";
        account.Document.Child("sku")["name"] ??= "Standard_LRS";
        if (!Store.Cloud.Accounts.TryGetValue(account.Name, out var service))
        {
            Store.Cloud.Accounts.Add(account.Name, service = new StorageAccount(account.Name, Store.Cloud.Now));
        }

        service.Settings = ReadSettings(account);
    }

    /// <summary>What of an account's document the blob service heeds.</summary>
    public static AccountSettings ReadSettings(ArmResource account)
    {
        var properties = account.Properties;
        var isOpen = properties.Text("publicNetworkAccess") is not ("Disabled" or "SecuredByPerimeter");

        // Nobody in the sandbox has an address: whoever lets any in, lets these in.
        var denies = JsonReading.Same(properties.Text("networkAcls", "defaultAction"), "Deny")
            && !properties.Items("networkAcls", "ipRules").Any();
        return new AccountSettings
        {
            ResourceId = account.Id.ToString(),
            AllowsKeys = properties["allowSharedKeyAccess"] is null || properties.Flag("allowSharedKeyAccess"),
            IsReachable = isOpen && !denies,
            Sku = account.Document.Text("sku", "name") ?? "Standard_LRS",
            Kind = account.Document.Text("kind") ?? "StorageV2",
            IsHierarchical = properties.Flag("isHnsEnabled"),
        };
    }

    protected override HttpResponseMessage Put(ArmRequest request, JsonObject body, ArmResource? existing)
    {
        var name = request.Id.Name;
        if (!NameRule.IsMatch(name))
        {
            throw new ArmException(
                HttpStatusCode.BadRequest,
                "AccountNameInvalid",
                name + " is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only.");
        }

        CheckLocation(body, existing);
        if (existing is null && Store.Cloud.Accounts.ContainsKey(name))
        {
            throw new ArmException(HttpStatusCode.Conflict, "StorageAccountAlreadyTaken", "The storage account named " + name + " is already taken.");
        }

        var account = NewResource(request, body);
        Complete(account);
        Store.Add(account);
        return ArmReply.Ok(account.Document);
    }

    protected override HttpResponseMessage Patch(ArmRequest request, JsonObject body, ArmResource resource)
    {
        foreach (var entry in body["properties"] as JsonObject ?? [])
        {
            resource.Properties[entry.Key] = entry.Value?.DeepClone();
        }

        foreach (var name in new[] { "tags", "sku", "kind", "identity" })
        {
            if (body[name] is { } value)
            {
                resource.Document[name] = value.DeepClone();
            }
        }

        Complete(resource);
        return ArmReply.Ok(resource.Document);
    }

    protected override HttpResponseMessage? Post(ArmRequest request, ArmResource resource, string action)
    {
        var account = Store.Cloud.Accounts[resource.Name];
        if (JsonReading.Same(action, "listKeys"))
        {
            return ArmReply.Ok(DescribeKeys(account));
        }

        if (JsonReading.Same(action, "revokeUserDelegationKeys"))
        {
            account.RevokeDelegations();
            return ArmReply.Empty(HttpStatusCode.OK);
        }

        if (!JsonReading.Same(action, "regenerateKey"))
        {
            return null;
        }

        var name = request.ReadBody().Text("keyName") ?? throw ArmException.Missing("keyName");
        return account.Regenerate(name, Store.Cloud.Now)
            ? ArmReply.Ok(DescribeKeys(account))
            : throw new ArmException(HttpStatusCode.BadRequest, "InvalidValuesForRequestParameters", "Values for request parameters are invalid: keyName.");
    }

    private static JsonObject DescribeKeys(StorageAccount account) => new()
    {
        ["keys"] = new JsonArray([.. account.Keys.Select(key => new JsonObject
        {
            ["creationTime"] = key.Created.ToString("O", CultureInfo.InvariantCulture),
            ["keyName"] = key.Name,
            ["value"] = Convert.ToBase64String(key.Value),
            ["permissions"] = "Full",
        })]),
    };

    protected override void OnDeleted(ArmResource resource)
    {
        if (Store.Cloud.Accounts.TryGetValue(resource.Name, out var account))
        {
            Store.Cloud.Accounts.Remove(resource.Name);
            foreach (var container in account.Containers.Values)
            {
                container.Dispose();
            }
        }
    }
}
