namespace AzImageTools.Services.Session;

/// <summary>Kinds of things that commands name.</summary>
public enum ResourceKind
{
    /// <summary>Resource groups.</summary>
    ResourceGroup,

    /// <summary>Regions that the subscription may use.</summary>
    Location,

    /// <summary>Virtual machines.</summary>
    VirtualMachine,

    /// <summary>Galleries.</summary>
    Gallery,
}
