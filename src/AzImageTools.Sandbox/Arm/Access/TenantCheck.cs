using System.Net;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Wire;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>
/// Refuses what the tokens' tenants don't allow: a subscription of another tenant, and links to resources of a tenant that no auxiliary token came for
/// (https://learn.microsoft.com/azure/azure-resource-manager/management/authenticate-multi-tenant). A token that names no tenant is of every one.
/// </summary>
internal sealed class TenantCheck(ArmStore store)
{
    private const string Auxiliary = "x-ms-authorization-auxiliary";

    /// <summary>As the page says; what Azure answers to a fourth is not told there.</summary>
    private const int MostAuxiliary = 3;

    public void Check(ArmRequest request)
    {
        if (TenantOf(request) is not { } own || request.SubscriptionId.Length == 0)
        {
            return;
        }

        var tenant = TenantOf(request.SubscriptionId);
        if (!JsonReading.Same(own, tenant))
        {
            // Many recorded answers, such as Azure/azure-sdk-for-net#49391.
            throw new ArmException(
                HttpStatusCode.Unauthorized,
                "InvalidAuthenticationTokenTenant",
                "The access token is from the wrong issuer 'https://sts.windows.net/" + own + "/'. It must match the tenant 'https://sts.windows.net/" + tenant
                + "/' associated with this subscription. Please use the authority (URL) 'https://login.windows.net/" + tenant + "' to get the token. Note, if the subscription is transferred to another "
                + "tenant there is no impact to the services, but information about new tenant could take time to propagate (up to an hour). If you just transferred your subscription and see this error "
                + "message, please try back later.");
        }

        if (store.Subscriptions.All(subscription => JsonReading.Same(subscription.Options.TenantId, tenant)))
        {
            return;
        }

        var others = ReadAuxiliary(request);
        foreach (var linked in LinkedActions.Of(request))
        {
            var subscription = ResourceId.TryParse(linked.Scope)?.SubscriptionId;
            var there = subscription is null ? null : store.Subscriptions.FirstOrDefault(known => JsonReading.Same(known.Id, subscription))?.Options.TenantId;
            if (there is not null && !JsonReading.Same(there, tenant) && !others.Any(token => BearerToken.TenantOf(token) is not { } of || JsonReading.Same(of, there)))
            {
                // Azure/azure-cli#30976, Azure/azure-powershell#13210: the action is that on the link, the scope that of the request.
                throw new ArmException(
                    HttpStatusCode.Forbidden,
                    "LinkedAuthorizationFailed",
                    "The client has permission to perform action '" + linked.Action + "' on scope '" + request.Id.ToId() + "', however the current tenant '" + tenant
                    + "' is not authorized to access linked subscription '" + subscription + "'.");
            }
        }
    }

    /// <summary>Whether a request's token sees a subscription.</summary>
    public static bool Sees(ArmRequest request, Subscription subscription) => TenantOf(request) is not { } own || JsonReading.Same(own, subscription.Options.TenantId);

    private static string? TenantOf(ArmRequest request) => BearerToken.ReadAll(request.Http.Header("Authorization")) is [var token] ? BearerToken.TenantOf(token) : null;

    private static IReadOnlyList<string> ReadAuxiliary(ArmRequest request)
        => BearerToken.ReadAll(request.Http.Header(Auxiliary)) is { Count: <= MostAuxiliary } tokens
            ? tokens
            : throw new ArmException(HttpStatusCode.Unauthorized, "InvalidAuthenticationToken", "The auxiliary tokens in the header '" + Auxiliary + "' are invalid.");

    private string TenantOf(string subscriptionId) => store.GetSubscription(subscriptionId).Options.TenantId;
}
