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
        if (!Store.Cloud.Accounts.ContainsKey(account.Name))
        {
            Store.Cloud.Accounts.Add(account.Name, new StorageAccount(account.Name));
        }
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

    protected override void OnDeleted(ArmResource resource)
    {
        if (Store.Cloud.Accounts.TryGetValue(resource.Name, out var account))
        {
            Store.Cloud.Accounts.Remove(resource.Name);
            foreach (var blob in account.Containers.Values.SelectMany(container => container.Blobs.Values))
            {
                blob.Dispose();
            }
        }
    }
}
