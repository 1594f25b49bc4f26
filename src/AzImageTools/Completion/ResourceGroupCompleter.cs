using AzImageTools.Services.Session;

namespace AzImageTools.Completion;

/// <summary>Completes the names of resource groups.</summary>
public sealed class ResourceGroupCompleter : ResourceNameCompleter
{
    /// <summary>Creates the completer.</summary>
    public ResourceGroupCompleter()
        : base(ResourceKind.ResourceGroup)
    {
    }
}
