using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage.Keeping;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>The management locks of a cloud, and what they refuse. Used under the cloud's lock.</summary>
internal sealed class Locks : IKeptPart
{
    public const string ReadOnly = "ReadOnly";
    public const string CanNotDelete = "CanNotDelete";

    private readonly SortedDictionary<string, ManagementLock> _locks = new(StringComparer.OrdinalIgnoreCase);

    public string Name => "locks";

    public ManagementLock? Find(string scope, string name) => _locks.TryGetValue(ManagementLock.IdOf(scope, name), out var found) ? found : null;

    /// <summary>The locks of a place and of all below.</summary>
    public IEnumerable<ManagementLock> List(string scope) => _locks.Values.Where(entry => Scope.Holds(scope, entry.Scope));

    public void Set(ManagementLock entry) => _locks[entry.Id] = entry;

    public bool Remove(string scope, string name) => _locks.Remove(ManagementLock.IdOf(scope, name));

    public JsonNode Save() => KeptJson.Save(_locks.Values.ToList());

    public void Load(JsonNode saved)
    {
        foreach (var entry in KeptJson.Load<List<ManagementLock>>(saved))
        {
            Set(entry);
        }
    }

    /// <summary>
    /// Refuses to change what is read-only, and to delete what is locked or holds what is
    /// (https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources). Actions change, whatever they are called.
    /// </summary>
    public void Check(RequestedAction wanted)
    {
        if (!wanted.IsWrite)
        {
            return;
        }

        var scopes = _locks.Values
            .Where(entry => wanted.IsDelete
                ? Scope.Holds(entry.Scope, wanted.Scope) || Scope.Holds(wanted.Scope, entry.Scope)
                : JsonReading.Same(entry.Level, ReadOnly) && Scope.Holds(entry.Scope, wanted.Scope))
            .Select(entry => entry.Scope)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .ToList();
        if (scopes.Count > 0)
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "ScopeLocked",
                "The scope '" + wanted.Scope + "' cannot perform " + (wanted.IsDelete ? "delete" : "write") + " operation because following scope(s) are locked: '"
                + string.Join(",", scopes) + "'. Please remove the lock and try again.");
        }
    }
}

/// <summary>A lock on a subscription, a resource group or a resource.</summary>
/// <param name="Scope">The id of what is locked.</param>
/// <param name="Name">The lock's name.</param>
/// <param name="Level">ReadOnly or CanNotDelete.</param>
/// <param name="Notes">Why; null for nothing.</param>
internal sealed record ManagementLock(string Scope, string Name, string Level, string? Notes)
{
    public string Id => IdOf(Scope, Name);

    public static string IdOf(string scope, string name) => scope + "/providers/" + LockOperations.Type + "/" + name;
}
