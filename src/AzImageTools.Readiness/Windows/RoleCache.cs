

using AzImageTools.Readiness.Guests;

namespace AzImageTools.Readiness.Windows;

/// <summary>Server Manager's cache of which roles and features are installed.</summary>
internal static class RoleCache
{
    /// <summary>The state of a component that is installed.</summary>
    public const uint Installed = 1;

    /// <summary>The state of a component that is not installed.</summary>
    public const uint Available = 0;

    /// <summary>A component's state; null where the cache does not know it.</summary>
    /// <param name="guest">The guest.</param>
    /// <param name="component">The component, by the name that Get-WindowsFeature shows.</param>
    public static uint? GetState(Guest guest, string component) => guest.GetValue($@"{WindowsKeys.RoleCache}\{component}", "InstallState") as uint?;
}
