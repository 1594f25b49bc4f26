using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>What a new cloud starts with.</summary>
internal sealed class Seed(ArmStore store, SubscriptionOperations subscriptions, StorageAccountsType accounts)
{
    public const string Group = "sandbox-rg";
    public const string Account = "sandboximages";
    public const string Container = "vhds";

    private string Location => store.Cloud.Options.Location;

    public void Plant()
    {
        store.Groups.Add(Group, subscriptions.NewGroup(Group, Location));
        var account = Add("Microsoft.Storage/storageAccounts", [Account]);
        accounts.Complete(account);
        store.Cloud.Accounts[Account].Containers.Add(Container, new BlobContainer(Container, store.Cloud.Now));
    }

    private ArmResource Add(string type, IReadOnlyList<string> names)
    {
        var resource = new ArmResource(new ResourceId(Group, type, names), store.SubscriptionId, new JsonObject { ["location"] = Location });
        store.Add(resource);
        return resource;
    }
}
