using System.Globalization;
using System.Net;
using AzImageTools.Sandbox.Arm.Catalogue;
using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Access;

/// <summary>How many cores a subscription may have in a region, in all and of one family of sizes. Machines count whether they are allocated or not.</summary>
internal sealed class CoreQuota(ArmStore store)
{
    /// <summary>Of every region and every family.</summary>
    public int Limit => store.Cloud.Options.CoreQuota;

    /// <summary>The cores that machines have, by family.</summary>
    /// <param name="subscriptionId">The subscription.</param>
    /// <param name="region">The region.</param>
    /// <param name="except">A machine that does not count; null for none.</param>
    public IReadOnlyDictionary<string, int> Used(string subscriptionId, string region, ArmResource? except = null)
        => store.List(MachinesType.Name, subscriptionId)
            .Where(machine => machine != except && JsonReading.Same(machine.Location, region))
            .Select(machine => Skus.FindMachine(machine.Properties.Text("hardwareProfile", "vmSize")))
            .OfType<MachineSku>()
            .GroupBy(sku => sku.Family, StringComparer.OrdinalIgnoreCase)
            .ToDictionary(family => family.Key, family => family.Sum(sku => sku.Cores), StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses a size that a machine has no cores left for; sizes that the sandbox does not know have none.</summary>
    public void Check(ArmResource machine, string? size)
    {
        if (Skus.FindMachine(size) is not { } sku)
        {
            return;
        }

        var used = Used(machine.ResourceId.SubscriptionId, machine.Location, machine);
        CheckEnough("Total Regional", machine.Location, used.Values.Sum(), sku.Cores);
        CheckEnough(sku.Family, machine.Location, used.TryGetValue(sku.Family, out var ofFamily) ? ofFamily : 0, sku.Cores);
    }

    // Recorded by a run of Azure/terraform-azurerm-avm; scale sets get the code QuotaExceeded with the same text
    // (https://learn.microsoft.com/troubleshoot/azure/virtual-machine-scale-sets/quotaexceeded-error).
    private void CheckEnough(string what, string region, int used, int more)
    {
        if (used + more > Limit)
        {
            throw new ArmException(
                HttpStatusCode.Conflict,
                "OperationNotAllowed",
                string.Format(
                    CultureInfo.InvariantCulture,
                    "Operation could not be completed as it results in exceeding approved {0} Cores quota. Additional details - Deployment Model: Resource Manager, Location: {1}, "
                    + "Current Limit: {2}, Current Usage: {3}, Additional Required: {4}, (Minimum) New Limit Required: {5}. Setup Alerts when Quota reaches threshold. "
                    + "Learn more at https://aka.ms/quotamonitoringalerting . Submit a request for Quota increase at https://aka.ms/ProdportalCRP by specifying parameters listed in the "
                    + "'Details' section for deployment to succeed. Please read more about quota limits at https://docs.microsoft.com/en-us/azure/azure-supportability/regional-quota-requests",
                    what, region, Limit, used, more, used + more));
        }
    }
}
