using AzImageTools.Disks;

namespace AzImageTools.Services.Session;

/// <summary>Who works where: what a session is connected to.</summary>
public sealed record ImageContext
{
    /// <summary>The user, application or identity signed in.</summary>
    public required string Account { get; init => field = PrintableText.Of(value); }

    /// <summary>The tenant of the subscription.</summary>
    public required string TenantId { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's id.</summary>
    public required string SubscriptionId { get; init => field = PrintableText.Of(value); }

    /// <summary>The subscription's display name.</summary>
    public required string SubscriptionName { get; init => field = PrintableText.Of(value); }

    /// <summary>The cloud's name, such as <c>AzureCloud</c>.</summary>
    public required string Environment { get; init => field = PrintableText.Of(value); }

    /// <summary>How the session proves who it is.</summary>
    public required CredentialKind CredentialKind { get; init; }

    /// <summary>Whether this is the simulated Azure.</summary>
    public bool IsSandbox => CredentialKind == CredentialKind.Sandbox;
}
