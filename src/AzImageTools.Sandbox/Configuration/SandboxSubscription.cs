namespace AzImageTools.Sandbox.Configuration;

/// <summary>A subscription of a <see cref="SandboxCloud"/>.</summary>
public sealed record SandboxSubscription
{
    /// <summary>Its id, a GUID.</summary>
    public required string SubscriptionId { get; init; }

    /// <summary>The id of its tenant, a GUID.</summary>
    public required string TenantId { get; init; }

    /// <summary>Its name.</summary>
    public string DisplayName { get; init; } = "Sandbox (Visual Studio subscription)";

    /// <summary>
    /// The offer it was bought under, as in <c>subscriptionPolicies.quotaId</c>: <c>MSDN_2014-09-01</c>, <c>MSDNDevTest_2014-09-01</c>,
    /// <c>PayAsYouGo_2014-09-01</c>, <c>EnterpriseAgreement_2014-09-01</c>.
    /// </summary>
    public string QuotaId { get; init; } = "MSDN_2014-09-01";
}
