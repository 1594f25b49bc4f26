using System.Runtime.InteropServices;

namespace AzImageTools.Sandbox.Storage.Authorization;

/// <summary>What a shared access signature must allow for an operation (Microsoft Learn, "Create an account SAS" and "Create a service SAS").</summary>
/// <param name="Level">The resource type that an account signature must name: <c>s</c> service, <c>c</c> container, <c>o</c> object.</param>
/// <param name="AnyOf">The permissions, of which one is enough.</param>
/// <param name="ByService">Whether a signature for a blob or a container may do it at all.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct AccessNeed(char Level, string AnyOf, bool ByService)
{
    public static AccessNeed Service(string anyOf) => new('s', anyOf, ByService: false);

    public static AccessNeed Container(string anyOf) => new('c', anyOf, ByService: false);

    public static AccessNeed Object(string anyOf) => new('o', anyOf, ByService: true);

    /// <summary>Refuses permissions that have none of those needed.</summary>
    public void CheckPermissions(string given)
    {
        if (given.IndexOfAny(AnyOf.ToCharArray()) < 0)
        {
            throw StorageException.PermissionMismatch();
        }
    }
}
