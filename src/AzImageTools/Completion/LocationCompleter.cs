using AzImageTools.Services.Session;

namespace AzImageTools.Completion;

/// <summary>Completes the names of regions.</summary>
public sealed class LocationCompleter : ResourceNameCompleter
{
    /// <summary>Creates the completer.</summary>
    public LocationCompleter()
        : base(ResourceKind.Location)
    {
    }
}
