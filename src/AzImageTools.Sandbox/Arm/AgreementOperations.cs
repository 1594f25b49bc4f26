using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;
using AzImageTools.Sandbox.Storage;

namespace AzImageTools.Sandbox.Arm;

/// <summary>
/// Microsoft.MarketplaceOrdering: the terms of plans, in the form that is read and put back accepted (<c>offerTypes</c>), and in the older one that is
/// signed and cancelled (<c>agreements</c>).
/// </summary>
internal sealed class AgreementOperations(ArmStore store, Agreements agreements, Marketplace marketplace)
{
    private const string Terms = "Microsoft.MarketplaceOrdering/offerTypes/publishers/offers/plans/agreements";
    private const string Signed = "Microsoft.MarketplaceOrdering/agreements/offers/plans";
    private const string SignedList = "Microsoft.MarketplaceOrdering/agreements";

    /// <summary>The signatures that were given out; only these are taken back.</summary>
    private readonly HashSet<string> _signatures = new(StringComparer.Ordinal);

    /// <returns>The answer; null where the path is none of these.</returns>
    public HttpResponseMessage? Handle(ArmRequest request)
    {
        var subscription = request.SubscriptionId;
        if (JsonReading.Same(request.Type, Terms) && request is { HasName: true, Names.Count: 5 } && JsonReading.Same(request.Names[4], "current"))
        {
            var plan = Find(request.Names[1], request.Names[2], request.Names[3]);
            return request.Method switch
            {
                "GET" => ArmReply.Ok(DescribeTerms(subscription, plan)),
                "PUT" => PutTerms(subscription, plan, request.ReadBody()),
                _ => null,
            };
        }

        if (JsonReading.Same(request.Type, Signed) && request is { HasName: true, Names.Count: 3 })
        {
            var plan = Find(request.Names[0], request.Names[1], request.Names[2]);
            return (request.Method, (request.Action ?? "").ToUpperInvariant()) switch
            {
                ("GET", "") => ArmReply.Ok(DescribeSigned(subscription, agreements.Find(subscription, plan) ?? new Agreement(plan, SignedAt: null, CancelledAt: null))),
                ("POST", "SIGN") => ArmReply.Ok(DescribeSigned(subscription, agreements.Set(subscription, plan, accepted: true, store.Cloud.Now))),
                ("POST", "CANCEL") => ArmReply.Ok(DescribeSigned(subscription, agreements.Set(subscription, plan, accepted: false, store.Cloud.Now))),
                _ => null,
            };
        }

        return JsonReading.Same(request.Type, SignedList) && request is { Method: "GET", HasName: false }
            ? ListPage.Of(request, store.Cloud.Options, agreements.List(subscription).Select(agreement => DescribeSigned(subscription, agreement)))
            : null;
    }

    private PurchasePlan Find(string publisher, string offer, string plan)
        => marketplace.FindPlan(publisher, offer, plan)
            ?? throw new ArmException(
                HttpStatusCode.NotFound, "NotFound", "Offer with PublisherId: '" + publisher + "', OfferId: '" + offer + "', PlanId: '" + plan + "' is not a virtual machine with terms.");

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static JsonObject DescribeSigned(string subscription, Agreement agreement)
    {
        var (plan, signed, cancelled) = agreement;
        var properties = new JsonObject { ["publisher"] = plan.Publisher, ["offer"] = plan.Product };
        if (signed is { } signedAt)
        {
            properties["signDate"] = Text(signedAt);
        }

        if (cancelled is { } cancelledAt)
        {
            properties["cancelDate"] = Text(cancelledAt);
        }

        properties["state"] = signed is not null && cancelled is null ? "Active" : "Canceled";
        return new JsonObject
        {
            ["id"] = "/subscriptions/" + subscription + "/providers/Microsoft.MarketplaceOrdering/agreements/" + plan.Publisher + "/offers/" + plan.Product + "/plans/" + plan.Name,
            ["name"] = plan.Name,
            ["type"] = SignedList,
            ["properties"] = properties,
        };
    }

    private HttpResponseMessage PutTerms(string subscription, PurchasePlan plan, JsonObject body)
    {
        if (!_signatures.Contains(body.Text("properties", "signature") ?? ""))
        {
            throw new ArmException(HttpStatusCode.BadRequest, "BadRequest", "The signature of the terms does not match. Please retrieve the terms again and accept those.");
        }

        agreements.Set(subscription, plan, body.Flag("properties", "accepted"), store.Cloud.Now);
        return ArmReply.Ok(DescribeTerms(subscription, plan));
    }

    private JsonObject DescribeTerms(string subscription, PurchasePlan plan)
    {
        var signature = Secrets.CreateText();
        _signatures.Add(signature);
        var now = Text(store.Cloud.Now);
        var place = plan.Publisher + "/" + plan.Product + "/" + plan.Name;
        return new JsonObject
        {
            ["id"] = "/subscriptions/" + subscription + "/providers/Microsoft.MarketplaceOrdering/offerTypes/VirtualMachine/publishers/" + plan.Publisher
                + "/offers/" + plan.Product + "/plans/" + plan.Name + "/agreements/current",
            ["name"] = plan.Name,
            ["type"] = "Microsoft.MarketplaceOrdering/offertypes",
            ["properties"] = new JsonObject
            {
                ["publisher"] = plan.Publisher,
                ["product"] = plan.Product,
                ["plan"] = plan.Name,
                ["licenseTextLink"] = "https://sandboxlegalterms.blob.core.windows.net/legalterms/" + place + ".txt",
                ["privacyPolicyLink"] = "https://" + plan.Publisher + ".example/privacy",
                ["marketplaceTermsLink"] = "https://sandboxlegalterms.blob.core.windows.net/marketplaceterms/VirtualMachine.txt",
                ["retrieveDatetime"] = now,
                ["signature"] = signature,
                ["accepted"] = agreements.IsAccepted(subscription, plan),
            },
            ["systemData"] = new JsonObject
            {
                ["createdBy"] = subscription,
                ["createdByType"] = "ManagedIdentity",
                ["createdAt"] = now,
                ["lastModifiedBy"] = subscription,
                ["lastModifiedByType"] = "ManagedIdentity",
                ["lastModifiedAt"] = now,
            },
        };
    }
}
