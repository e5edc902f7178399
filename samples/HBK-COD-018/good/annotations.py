from lxml import etree


def boxes(data):
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    return etree.fromstring(data, parser).findall("object/bndbox")
