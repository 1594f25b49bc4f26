using AzImageTools.Sandbox.Arm.Protocol;

namespace AzImageTools.Sandbox.Arm.Limits;

/// <summary>Holds every request against the limits that Azure's types do not tell: names, tags, identifiers, what is referred to.</summary>
internal static class LimitCheck
{
    public static void Check(ArmRequest request, ArmStore store)
    {
        NameRules.Check(request);
        if (request.Method is not ("PUT" or "PATCH") || request.Action is not null)
        {
            return;
        }

        var body = request.ReadBody();
        TagRules.Check(request, body);
        if (request.Type.Length == 0 || request.ResourceGroup is null || !request.HasName)
        {
            return;
        }

        // What an image version refers to is looked for by its own rules, with the texts of galleries.
        if (!JsonReading.Same(request.Type, ImageResolver.Versions))
        {
            ReferenceRules.CheckReferences(store, body);
        }

        if (JsonReading.Same(request.Type, SourceResolver.Disks) || JsonReading.Same(request.Type, SourceResolver.Snapshots))
        {
            ReferenceRules.CheckPolicy(body, store.Find(request.Id)?.Document);
        }
        else if (JsonReading.Same(request.Type, DefinitionsType.Name) && request.Method is "PUT")
        {
            IdentifierRules.Check(body);
        }
    }
}
