

using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Windows;

/// <summary>A row of the page "Sysprep Support for Server Roles".</summary>
/// <param name="Name">The role.</param>
/// <param name="On2008">What the page says for Windows Server 2008.</param>
/// <param name="On2008R2">What it says for Windows Server 2008 R2.</param>
/// <param name="On2012">What it says for Windows Server 2012, its newest column.</param>
/// <param name="Components">The names that Server Manager's component cache has for it; none where it has none.</param>
/// <param name="Service">A service that exists only with the role; null where there is none. A final '*' stands for any ending.</param>
/// <param name="Condition">What must be the case where support is conditional.</param>
/// <param name="MeetsCondition">Tells whether it is the case; null where that can't be seen.</param>
internal sealed record ServerRole(
    string Name,
    RoleSupport On2008,
    RoleSupport On2008R2,
    RoleSupport On2012,
    string[] Components,
    string? Service = null,
    string? Condition = null,
    Func<Guest, bool>? MeetsCondition = null)
{
    private const int FirstBuildOf2008R2 = 7600;
    private const int FirstBuildOf2012 = 9200;

    /// <summary>What the page says for a build of Windows Server; later ones than 2012 go by its column.</summary>
    public RoleSupport GetSupport(int build)
        => build < FirstBuildOf2008R2 ? On2008 : build < FirstBuildOf2012 ? On2008R2 : On2012;
}

/// <summary>Whether Sysprep supports a server role.</summary>
internal enum RoleSupport
{
    /// <summary>Supported.</summary>
    Yes,

    /// <summary>Not supported.</summary>
    No,

    /// <summary>The page does not say.</summary>
    Unstated,

    /// <summary>Supported under a condition.</summary>
    Conditional,
}
